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
  --running_;
  if (waiters_.empty()) return;
  // Waiters resume as jobs of the loop: the group may be destroyed by one of them.
  std::vector<std::coroutine_handle<>> ready;
  std::erase_if(waiters_, [this, &ready](const Waiting& waiter) {
    const bool over = running_ < waiter.below;
    if (over) ready.push_back(waiter.handle);
    return over;
  });
  for (const auto waiter : ready) {
    if (Loop* loop = Loop::current()) {
      loop->post([waiter] { waiter.resume(); });
    } else {
      waiter.resume();
    }
  }
}

Task<void> TaskGroup::join() {
  return below(1);
}

Task<void> TaskGroup::below(size_t tasks) {
  while (running_ >= tasks) co_await Waiter{*this, tasks};
}

}  // namespace garage::runtime
