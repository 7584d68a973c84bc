// Repairs that a person asks for; each goes through a whole family of rows once, in the background.
//
//   references   `repair block-refs`: every owner of a reference is asked after again, as if its lease had just ended;
//                what the dead own goes
//   counts       `repair block-rc`: blocks here that nobody references are let go of (there are no counters that could
//                be wrong: who references a block is read from the references)
//
// Ownership: borrows everything. Threads: one loop; notes from any.
#pragma once

#include <atomic>
#include <string>

#include "block/block_store.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker.hpp"

namespace garage::block {

class Repair {
 public:
  Repair(env::Env env, kv::Store& store, kv::CommitQueue& commits, BlockStore& blocks)
      : env_(std::move(env)), store_(store), commits_(commits), blocks_(blocks) {}

  // How many rows were looked at.
  Task<Result<uint64_t>> ask_after_all_owners();
  // How many blocks were let go of.
  Task<Result<uint64_t>> forget_unreferenced();

  // In the background. False: that one runs already.
  bool start_references();
  bool start_counts();
  Task<void> stop();

  const runtime::WorkerNotes& reference_notes() const { return references_; }
  const runtime::WorkerNotes& count_notes() const { return counts_; }

 private:
  Task<void> in_background(Task<Result<uint64_t>> work, runtime::WorkerNotes& notes, std::atomic<bool>& running);

  env::Env env_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  BlockStore& blocks_;
  std::atomic<bool> stopping_{false}, references_run_{false}, counts_run_{false};
  runtime::WorkerNotes references_, counts_;
  runtime::TaskGroup duty_;
};

}  // namespace garage::block
