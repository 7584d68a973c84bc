// Follows the cluster layout: enters its stages, fences the earlier ones, and hands this node's rows over when
// partitions move. What it has done it tells the keeper, and the keeper's history tells the others.
//
// Ownership: borrows everything. Threads: one loop. Crash: done again from the start; it may be repeated.
#pragma once

#include <functional>

#include "admin/layout_keeper.hpp"
#include "daemon/layout_placement.hpp"
#include "daemon/tables.hpp"
#include "kv/commit_queue.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker.hpp"

namespace garage::daemon {

class LayoutDuty {
 public:
  struct Told {
    std::function<void()> history_changed;             // others should hear of it
    std::function<void()> version_settled;             // blocks may belong to other nodes now
    std::function<Task<Result<void>>()> handing_over;  // rows come next; an error: not yet
  };
  LayoutDuty(NodeId self, admin::LayoutKeeper& keeper, LayoutPlacement& placement, Tables& tables,
             kv::CommitQueue& commits, Told told);

  // Shows what is known, blocking, at start-up.
  void show();
  // As far as it goes without waiting for others. Before start().
  Task<Result<void>> follow_at_once();
  void start();
  Task<void> stop();
  const runtime::WorkerNotes& notes() const { return notes_; }

 private:
  Task<void> run();
  Task<Result<void>> follow();
  Task<Result<void>> fence(uint64_t stage);
  Task<Result<void>> hand_over(const layout::History& history, uint64_t version);

  const NodeId self_;
  admin::LayoutKeeper& keeper_;
  LayoutPlacement& placement_;
  Tables& tables_;
  kv::CommitQueue& commits_;
  const Told told_;
  layout::Progress progress_;
  uint64_t handing_over_ = 0;      // the version
  MonotonicTime hand_over_again_;  // not before
  uint64_t settled_ = 0;
  layout::LayoutHash shown_, announced_;
  bool may_ask_ = false;  // before start() nobody can be reached, and rows are handed over by asking others
  bool stopping_ = false;
  runtime::WorkerNotes notes_;
  runtime::TaskGroup duty_;
};

}  // namespace garage::daemon
