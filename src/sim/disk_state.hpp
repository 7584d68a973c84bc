// Inside SimDisk: what its handles share. Owned by the disk and by every open handle, so that a handle may outlive the
// disk.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "sim/disk.hpp"
#include "sim/disk_tree.hpp"

namespace garage::sim {

enum class DiskAction { kLook, kRead, kWrite, kChange, kSync };

// One-shot plans, as absolute counter values; 0 is none.
struct DiskPlans {
  uint64_t cut_at_sync = 0;
  uint64_t cut_at_change = 0;
  uint64_t fail_operation = 0;
  uint64_t fail_change = 0;
  ErrorKind operation_error = ErrorKind::kIo;
  ErrorKind change_error = ErrorKind::kIo;
};

struct DiskState {
  DiskTree tree;
  DiskFaults faults;
  SimRandom random;

  bool power = true;
  bool running = true;
  uint64_t life = 1;  // handles of an earlier one are dead
  std::map<InodeId, uint32_t> open;
  std::set<std::string> locks;

  uint64_t operations = 0;
  uint64_t changes = 0;
  uint64_t syncs = 0;
  DiskPlans plans;
  std::function<void(uint64_t)> on_sync;
  std::function<void()> on_power_lost;
  uint64_t pages_at_most = 0;  // an upper bound of what is used, so that counting is rare

  DiskState(SimRandom stream, DiskFaults options) : faults(options), random(stream) {}

  // Stands before every operation: counts, carries out plans, draws errors. An error means the operation must not
  // happen.
  Result<void> admit(DiskAction action, const std::string& path);
  void lose_power();
  void forget_handles();
  void release(InodeId inode);

  // The bytes of [offset, offset + length) that fit in the free space.
  uint64_t writable_bytes(InodeId inode, uint64_t offset, uint64_t length);
  uint64_t used_pages() { return pages_at_most = tree.used_pages(open); }
};

std::unique_ptr<env::File> make_file(std::shared_ptr<DiskState> state, InodeId inode, std::string path, bool writable);

// What of the waiting changes a power cut leaves, in order.
std::vector<PendingChange> survivors(const DiskTree& tree, const CutOptions& options, SimRandom& random);

}  // namespace garage::sim
