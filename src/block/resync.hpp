// Brings back what this node should have and has not: a reference without bytes, a damaged block, a block that was
// asked for in vain. The queue is durable; each block is fetched from another holder, tried again with growing pauses.
//
// Ownership: borrows everything. Threads: want() any; the rest on one loop, one at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
#include "runtime/worker.hpp"
#include "telemetry/counter.hpp"
#include "telemetry/histogram.hpp"

namespace garage::block {

class QueueChange;

struct ResyncStats {
  uint64_t queue_length = 0;  // blocks that wait, as the last lap along the queue saw it, without those done since
  uint64_t errors = 0;        // of those, were tried in vain
  uint64_t fetched = 0;       // since start
};

// A block that was tried in vain, for people.
struct BlockTrouble {
  BlockHash hash;
  uint64_t attempts = 0;
  uint64_t tried_ms = 0, due_ms = 0;
};

// Where its work is counted; null where it is not.
struct ResyncMeter {
  telemetry::Counter* tries = nullptr;
  telemetry::Counter* errors = nullptr;
  telemetry::Counter* received = nullptr;
  telemetry::Histogram* duration = nullptr;
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
  // Some of what is due, from where the last round ended: the queue may be very long. Returns how many entries are done
  // with.
  Task<Result<size_t>> run_once();
  // The last round had all the work that it may have, and got somewhere: the next one need not wait.
  bool has_more() const { return has_more_; }
  // What is wanted joins the durable queue at once.
  Task<Result<void>> write_wanted();

  // By hash, up to `blocks_max`.
  Task<Result<std::vector<BlockTrouble>>> troubles(size_t blocks_max);
  // To be tried at once: of these, or of all that were tried in vain. How many; kNotFound where one is not among them.
  Task<Result<size_t>> retry_now(std::optional<std::vector<BlockHash>> hashes);
  // Forgets everything that waits, also what a round is just trying. How much that was.
  Task<Result<size_t>> clear();

  // Before the first round.
  void measure(const ResyncMeter& meter) { meter_ = meter; }
  ResyncStats stats() const { return {queue_length_, errors_, fetched_}; }
  const runtime::WorkerNotes& notes() const { return notes_; }
  void request_stop() { stopping_ = true; }

  // How many entries a round looks at, whether they are due or not.
  static constexpr size_t kRowsPerRound = 16'384;
  // How many blocks are fetched at the same time, and how long each rests then: this many times as long as it took.
  static constexpr uint32_t kWorkersMax = 8;
  uint32_t worker_count() const { return worker_count_; }
  void set_worker_count(uint32_t count) { worker_count_ = std::clamp(count, 1u, kWorkersMax); }
  uint32_t tranquility() const { return tranquility_; }
  void set_tranquility(uint32_t factor) { tranquility_ = factor; }

 private:
  struct Entry {
    BlockHash hash;
    FetchRow row;
  };
  struct Sizes {
    uint64_t length = 0, errors = 0;
    // An entry, which it decodes.
    FetchRow add(std::string_view key, std::string_view value);
    void forget_one(bool failed_before) {
      --length;
      if (failed_before) --errors;
    }
  };
  struct Page {
    std::vector<Entry> due;
    Sizes seen;
    std::string next;  // the first key behind; empty: the queue ends here
  };
  // What a round does, by as many as there are.
  struct Round;
  Task<void> work(Round& round);
  Task<void> try_one(Round& round, Entry entry);
  // Of those that are not in the queue yet.
  Result<void> add_entries(const std::set<BlockHash>& hashes, QueueChange& change) const;
  Result<Page> look(uint64_t now_ms, const std::string& from) const;
  Result<Sizes> count() const;
  void go_on_behind(const Page& page);
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
  std::atomic<uint32_t> worker_count_{1}, tranquility_{2};
  runtime::WorkerNotes notes_;
  ResyncMeter meter_;
  bool counted_ = false, has_more_ = false;
  std::string next_;  // where the next round begins; empty: at the beginning of the queue
  Sizes lap_;         // what this lap along the queue has seen and not done
  uint64_t lap_clears_ = 0;
  std::atomic<uint64_t> clears_{0};  // how often the queue was cleared: what was read from it before is void
  std::atomic<uint64_t> queue_length_{0}, errors_{0}, fetched_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace garage::block
