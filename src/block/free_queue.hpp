// Room to be given back: collected, and from time to time punched out of the volumes in one go.
//
// A place comes here when no index row names it any more and no hold has it. Before anything is destroyed the metadata
// store is synced: a row that a power cut brings back must find its bytes.
//
// Threads: add() from any; flush() blocks, one at a time.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "block/block_store.hpp"
#include "block/volume_set.hpp"
#include "kv/store.hpp"

namespace garage::block {

class FreeQueue {
 public:
  FreeQueue(VolumeSet& volumes, kv::Store& store) : volumes_(volumes), store_(store) {}

  void add(const std::vector<BlockPlace>& places);
  // A range that was never counted as live: garbage found at start.
  void add_garbage(const std::shared_ptr<Volume>& volume, uint64_t offset, uint64_t length);
  // Look whether this volume may be removed.
  void add_volume(const std::shared_ptr<Volume>& volume);
  bool empty() const;

  // Blocking. Punches, and removes sealed volumes in which nothing is left. After an error everything stays queued.
  Result<void> flush();

 private:
  struct Range {
    std::shared_ptr<Volume> volume;
    uint64_t offset = 0;
    uint64_t length = 0;
    bool live = false;  // counted so far
  };
  void give_back(const Range& range);

  VolumeSet& volumes_;
  kv::Store& store_;
  mutable std::mutex mutex_;
  std::vector<Range> ranges_;  // guarded by mutex_
};

}  // namespace garage::block
