// Brings back what this node should have and has not: a reference without bytes, a damaged block, a block that was
// asked for in vain. The queue is durable; each block is fetched from another holder, tried again with growing pauses.
//
// Ownership: borrows everything. Threads: want() any; the rest on one loop, one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "block/holder.hpp"
#include "block/placement.hpp"
#include "block/queue_rows.hpp"
#include "block/replicas.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/task.hpp"

namespace garage::block {

struct ResyncStats {
  uint64_t queue_length = 0;  // blocks that wait, as the last round saw it
  uint64_t errors = 0;        // of those, were tried in vain
  uint64_t fetched = 0;       // since start
};

struct RepairReport {
  uint64_t references = 0;      // looked at
  uint64_t blocks_missing = 0;  // enqueued
  uint64_t passed_on = 0;       // references that the other holders were told of
};

class Resync {
 public:
  Resync(NodeId self, env::Env env, kv::Store& store, kv::CommitQueue& commits, Holder& holder, Replicas& replicas,
         const BlockPlacement& placement)
      : self_(self),
        env_(std::move(env)),
        store_(store),
        commits_(commits),
        holder_(holder),
        replicas_(replicas),
        placement_(placement) {}

  // For BlockOptions::on_damaged and Replicas::on_missing. Remembered in memory until the next round; bounded.
  void want(const BlockHash& hash);
  // One pass over what is due. Returns how many entries are done with.
  Task<Result<size_t>> run_once();
  // `repair blocks`: looks at every reference of this node, enqueues the blocks that are not here, and tells the other
  // holders of the references, in case they missed one.
  Task<Result<RepairReport>> repair();
  ResyncStats stats() const { return {queue_length_, errors_, fetched_}; }
  void request_stop() { stopping_ = true; }

 private:
  struct Entry {
    BlockHash hash;
    FetchRow row;
  };
  struct Page {
    std::vector<Entry> due;
    uint64_t length = 0, errors = 0;
  };
  Task<Result<void>> write_wanted();
  Result<Page> look(uint64_t now_ms) const;
  bool is_mine(const BlockHash& hash) const;
  Result<bool> is_referenced_here(const BlockHash& hash) const;
  // Done with it: here, or not needed here.
  Task<Result<void>> bring(BlockHash hash);
  uint64_t next_try(uint64_t now_ms, uint64_t attempts);

  const NodeId self_;
  env::Env env_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  Holder& holder_;
  Replicas& replicas_;
  const BlockPlacement& placement_;
  std::mutex mutex_;
  std::set<BlockHash> wanted_;  // guarded by mutex_
  std::atomic<uint64_t> queue_length_{0}, errors_{0}, fetched_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace garage::block
