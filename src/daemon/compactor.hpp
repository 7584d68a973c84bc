// Gives space back: rewrites volumes that are mostly empty, one at a time, and rests in between. Where the block index
// is in doubt it is rebuilt first, once in the life of a node.
//
// Ownership: borrows the block store; stop() before it goes. Threads: one loop.
#pragma once

#include "block/block_store.hpp"
#include "runtime/loop.hpp"
#include "runtime/signal.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker.hpp"

namespace garage::daemon {

class Compactor {
 public:
  explicit Compactor(block::BlockStore& blocks) : blocks_(blocks) {}

  void start(runtime::Loop& loop);
  Task<void> stop();
  const runtime::WorkerNotes& notes() const { return notes_; }

 private:
  Task<void> work();
  Task<void> rebuild_index();

  block::BlockStore& blocks_;
  runtime::Loop* loop_ = nullptr;
  bool stopping_ = false;
  runtime::TimerId timer_ = 0;
  runtime::Signal wake_;
  runtime::WorkerNotes notes_;
  runtime::TaskGroup tasks_;
};

}  // namespace garage::daemon
