#include "block/pending_blocks.hpp"

#include <utility>

namespace garage::block {

bool PendingBlocks::add(const Uuid& owner, BlockHold hold, MonotonicTime now) {
  std::vector<Holds> idle;
  std::unique_ptr<BlockHold> replaced;
  {
    std::lock_guard lock(mutex_);
    idle = take_idle(now);
    if (held_ >= kHoldsMax) return false;
    Owner& entry = owners_[owner];
    entry.touched = now;
    auto& slot = entry.holds[hold.hash()];
    if (!slot) ++held_;
    replaced = std::exchange(slot, std::make_unique<BlockHold>(std::move(hold)));
  }
  return true;
}

Holds PendingBlocks::take(const Uuid& owner, const std::vector<BlockHash>& hashes) {
  Holds out;
  std::lock_guard lock(mutex_);
  const auto entry = owners_.find(owner);
  if (entry == owners_.end()) return out;
  for (const BlockHash& hash : hashes) {
    if (auto node = entry->second.holds.extract(hash)) {
      out.insert(std::move(node));
      --held_;
    }
  }
  if (entry->second.holds.empty()) owners_.erase(entry);
  return out;
}

void PendingBlocks::give_back(const Uuid& owner, Holds holds, MonotonicTime now) {
  for (auto& [hash, hold] : holds) add(owner, std::move(*hold), now);
}

size_t PendingBlocks::size() const {
  std::lock_guard lock(mutex_);
  return held_;
}

void PendingBlocks::forget_idle(MonotonicTime now) {
  std::vector<Holds> idle;
  std::lock_guard lock(mutex_);
  idle = take_idle(now);
}

std::vector<Holds> PendingBlocks::take_idle(MonotonicTime now) {
  std::vector<Holds> out;
  if (now < next_sweep_) return out;
  next_sweep_ = now + idle_max_ / 16;
  for (auto it = owners_.begin(); it != owners_.end();) {
    if (now < it->second.touched + idle_max_) {
      ++it;
      continue;
    }
    held_ -= it->second.holds.size();
    out.push_back(std::move(it->second.holds));
    it = owners_.erase(it);
  }
  return out;
}

}  // namespace garage::block
