// For programs that do one thing after another: runs a task on a loop and waits for its value.
#pragma once

#include <future>
#include <memory>
#include <utility>

#include "runtime/loop.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"

namespace garage::env::posix {

namespace detail {

template <class T>
Task<void> fulfil(Task<T> task, std::promise<T>& promise) {
  promise.set_value(co_await std::move(task));
}

}  // namespace detail

// From a thread that is no loop, while `loop` runs on another.
template <class T>
T run_blocking(runtime::Loop& loop, Task<T> task) {
  std::promise<T> promise;
  std::promise<void> left;
  runtime::TaskGroup group;
  loop.post([&] { group.spawn(detail::fulfil(std::move(task), promise)); });
  T value = promise.get_future().get();
  // The job after the one that gave the value: nothing of the task is on the loop any more.
  loop.post([&] { left.set_value(); });
  left.get_future().wait();
  return value;
}

}  // namespace garage::env::posix
