#include "runtime/task_group.hpp"

#include <utility>

#include "runtime/loop.hpp"

namespace garage::runtime {

// A coroutine that starts at once and frees itself at its end.
struct Runner {
  struct promise_type {
    Loop* loop = Loop::current();  // nullptr where a test runs without one

    ~promise_type() {
      if (loop) loop->task_freed(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    Runner get_return_object() {
      if (loop) loop->task_started(std::coroutine_handle<promise_type>::from_promise(*this));
      return {};
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::abort(); }
  };
  static Runner run(TaskGroup& group, Task<void> task) {
    co_await std::move(task);
    group.finished();
  }
};

void TaskGroup::spawn(Task<void> task) {
  ++running_;
  // The task runs in the span of who starts it; the span that it suspends in is not ours.
  const telemetry::ContextGuard guard;
  Runner::run(*this, std::move(task));
}

void TaskGroup::finished() {
  if (--running_ > 0) return;
  // Waiters resume as jobs of the loop: the group may be destroyed by one of them.
  for (auto waiter : std::exchange(waiters_, {})) {
    if (Loop* loop = Loop::current()) {
      loop->post([waiter] { waiter.resume(); });
    } else {
      waiter.resume();
    }
  }
}

Task<void> TaskGroup::join() {
  while (running_ > 0) co_await Waiter{*this};
}

}  // namespace garage::runtime
