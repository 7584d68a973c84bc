// For programs that do one thing after another: runs a task on a loop and waits for its value.
#pragma once

#include <latch>
#include <optional>
#include <utility>

#include "runtime/loop.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"

namespace garage::env::posix {

namespace detail {

template <class T>
Task<void> fulfil(Task<T> task, std::optional<T>& value, std::latch& done) {
  value = co_await std::move(task);
  done.count_down();
}

}  // namespace detail

// From a thread that is no loop, while `loop` runs on another. By latches, because Debian's C++ library for armel has
// no futures.
template <class T>
T run_blocking(runtime::Loop& loop, Task<T> task) {
  std::optional<T> value;
  std::latch done(1);
  std::latch left(1);
  runtime::TaskGroup group;
  loop.post([&] { group.spawn(detail::fulfil(std::move(task), value, done)); });
  done.wait();
  // The job after the one that gave the value: nothing of the task is on the loop any more.
  loop.post([&] { left.count_down(); });
  left.wait();
  return *std::move(value);
}

}  // namespace garage::env::posix
