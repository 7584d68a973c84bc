// Collects blocks that nobody references and nobody holds. Usually a block goes with its last reference; but one that
// an upload holds at that moment is spared, and who spared it is forgotten in a crash.
//
// Goes through the index a while after the start and then once a day. What is found without a reference is looked at
// again after a grace, and goes if it still has none: references of a block that has just come may be on their way, and
// those of a node whose metadata was lost come from the others, which takes hours.
//
// Ownership: borrows everything. Threads: one loop; stats and notes from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "block/block_store.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker.hpp"

namespace garage::block {

class Unreferenced {
 public:
  static constexpr Duration kGrace = std::chrono::hours(6);

  Unreferenced(env::Env env, kv::Store& store, kv::CommitQueue& commits, BlockStore& blocks, Duration grace = kGrace)
      : env_(std::move(env)), store_(store), commits_(commits), blocks_(blocks), grace_(grace) {}

  // One round. How many blocks were collected.
  Task<Result<uint64_t>> run_once();

  void start();
  Task<void> stop();

  uint64_t collected() const { return collected_; }  // since start
  const runtime::WorkerNotes& notes() const { return notes_; }

 private:
  struct Page {
    std::vector<BlockHash> unreferenced;
    size_t blocks = 0;
    std::string next_from;
  };
  Task<void> run();
  Result<Page> look(const std::string& from) const;

  env::Env env_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  BlockStore& blocks_;
  const Duration grace_;
  std::map<BlockHash, MonotonicTime> found_;  // without a reference, and since when
  std::atomic<uint64_t> collected_{0};
  std::atomic<bool> stopping_{false};
  runtime::WorkerNotes notes_;
  runtime::TaskGroup duty_;
};

}  // namespace garage::block
