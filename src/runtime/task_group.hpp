// A TaskGroup owns work that outlives the call that started it. A member of the object the work serves, whose stop()
// awaits join().
//
// Threads: one loop. Destroying a group with tasks still running is a bug, except when the whole world is dropped.
#pragma once

#include <coroutine>
#include <cstddef>
#include <vector>

#include "runtime/task.hpp"
#include "telemetry/span_context.hpp"

namespace garage::runtime {

class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;

  // Starts the task at once; it runs up to its first suspension inside this call.
  void spawn(Task<void> task);
  size_t running() const { return running_; }
  // Resumes when no task is left. Several may wait.
  Task<void> join();
  // Resumes when fewer than `tasks` are running: room for one more. At least 1.
  Task<void> below(size_t tasks);

 private:
  struct Waiter {
    TaskGroup& group;
    size_t below;
    telemetry::ContextKeeper context = {};
    bool await_ready() const noexcept { return group.running_ < below; }
    void await_suspend(std::coroutine_handle<> handle) {
      context.keep();
      group.waiters_.push_back({handle, below});
    }
    void await_resume() const noexcept { context.give_back(); }
  };
  friend struct Runner;
  void finished();

  struct Waiting {
    std::coroutine_handle<> handle;
    size_t below;
  };
  size_t running_ = 0;
  std::vector<Waiting> waiters_;
};

}  // namespace garage::runtime
