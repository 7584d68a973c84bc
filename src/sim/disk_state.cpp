#include "sim/disk_state.hpp"

#include <algorithm>

namespace garage::sim {
namespace {

Result<void> refuse(ErrorKind kind, const std::string& path) {
  return fail(kind, path + (kind == ErrorKind::kNoSpace ? ": no space left (simulated)" : ": I/O error (simulated)"));
}

Result<void> closed(const std::string& path) {
  return fail(ErrorKind::kClosed, path + ": the disk is gone");
}

}  // namespace

Result<void> DiskState::admit(DiskAction action, const std::string& path) {
  if (!power || !running) return closed(path);
  const bool is_change = action >= DiskAction::kWrite;
  ++operations;
  if (is_change) ++changes;
  if (action == DiskAction::kSync) {
    ++syncs;
    if (on_sync) on_sync(syncs);
    if (syncs == plans.cut_at_sync) lose_power();
  }
  if (is_change && changes == plans.cut_at_change) lose_power();
  if (!power || !running) return closed(path);

  if (operations == plans.fail_operation) return refuse(plans.operation_error, path);
  if (is_change && changes == plans.fail_change) return refuse(plans.change_error, path);
  switch (action) {
    case DiskAction::kRead:
      if (random.chance(faults.read_error_probability)) return refuse(ErrorKind::kIo, path);
      break;
    case DiskAction::kWrite:
    case DiskAction::kChange:
      if (random.chance(faults.write_error_probability)) return refuse(ErrorKind::kIo, path);
      if (random.chance(faults.no_space_probability)) return refuse(ErrorKind::kNoSpace, path);
      break;
    case DiskAction::kSync:
      if (random.chance(faults.sync_error_probability)) return refuse(ErrorKind::kIo, path);
      break;
    case DiskAction::kLook:
      break;
  }
  return {};
}

void DiskState::lose_power() {
  if (!power) return;
  power = false;
  if (on_power_lost) on_power_lost();
}

void DiskState::forget_handles() {
  ++life;
  open.clear();
  locks.clear();
}

void DiskState::release(InodeId inode) {
  const auto found = open.find(inode);
  if (--found->second == 0) open.erase(found);
}

uint64_t DiskState::writable_bytes(InodeId inode, uint64_t offset, uint64_t length) {
  const uint64_t capacity = faults.capacity_bytes / Content::kPageBytes;
  const uint64_t touched = length / Content::kPageBytes + 2;
  if (pages_at_most + touched > capacity) used_pages();
  const uint64_t free = capacity - std::min(capacity, pages_at_most);
  pages_at_most += touched;
  return tree.at(inode).now.writable_bytes(offset, length, free);
}

}  // namespace garage::sim
