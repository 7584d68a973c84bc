// Blocks that were put for an owner and are not referenced yet: the holds of the uploads that other nodes (or this one)
// coordinate.
//
// In memory only: after a restart the bytes are free space, and the coordinator is told that they are missing. An owner
// of whom nothing is heard for an hour is forgotten, when the next one comes or forget_idle() is called.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "block/holder_changes.hpp"

namespace garage::block {

class PendingBlocks {
 public:
  static constexpr size_t kHoldsMax = 1u << 20;
  static constexpr Duration kIdleMax = std::chrono::hours(1);

  explicit PendingBlocks(Duration idle_max = kIdleMax) : idle_max_(idle_max) {}

  // False where too many are held.
  bool add(const Uuid& owner, BlockHold hold, MonotonicTime now);
  // The holds of these blocks, which are the caller's now.
  Holds take(const Uuid& owner, const std::vector<BlockHash>& hashes);
  // They were not used after all.
  void give_back(const Uuid& owner, Holds holds, MonotonicTime now);
  // Owners of whom nothing was heard for too long. Cheap where it is not time yet.
  void forget_idle(MonotonicTime now);
  size_t size() const;

 private:
  struct Owner {
    Holds holds;
    MonotonicTime touched;
  };
  // What may go. Destroyed by the caller without the lock: letting a hold go calls into the store.
  std::vector<Holds> take_idle(MonotonicTime now);

  const Duration idle_max_;
  mutable std::mutex mutex_;
  std::map<Uuid, Owner> owners_;  // guarded by mutex_, as all below
  size_t held_ = 0;
  MonotonicTime next_sweep_;
};

}  // namespace garage::block
