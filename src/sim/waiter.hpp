// One coroutine that waits to be woken, or for its deadline. Used by streams and listeners.
#pragma once

#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "runtime/future.hpp"
#include "runtime/loop.hpp"
#include "runtime/task.hpp"

namespace garage::sim {

class Waiter {
 public:
  // False if the deadline came first. The waiter outlives the wait.
  Task<bool> wait(MonotonicTime deadline) {
    runtime::Loop* loop = runtime::Loop::current();
    if (deadline <= loop->now()) co_return false;
    ASSERT(!promise_, "one reader and one writer at a time");
    auto [promise, future] = runtime::make_future<bool>();
    promise_.emplace(std::move(promise));
    runtime::TimerId timer = 0;
    if (deadline != MonotonicTime::never()) timer = loop->call_after(deadline - loop->now(), [this] { settle(false); });
    const bool woken = co_await std::move(future);
    if (timer != 0) loop->cancel(timer);
    co_return woken;
  }
  void wake() { settle(true); }

 private:
  void settle(bool woken) {
    if (!promise_) return;
    auto promise = std::move(*promise_);
    promise_.reset();
    promise.set(woken);
  }
  std::optional<runtime::Promise<bool>> promise_;
};

}  // namespace garage::sim
