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

 private:
  struct Waiter {
    TaskGroup& group;
    telemetry::ContextKeeper context = {};
    bool await_ready() const noexcept { return group.running_ == 0; }
    void await_suspend(std::coroutine_handle<> handle) {
      context.keep();
      group.waiters_.push_back(handle);
    }
    void await_resume() const noexcept { context.give_back(); }
  };
  friend struct Runner;
  void finished();

  size_t running_ = 0;
  std::vector<std::coroutine_handle<>> waiters_;
};

}  // namespace garage::runtime
