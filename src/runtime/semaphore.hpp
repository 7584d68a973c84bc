// A counting semaphore for coroutines of one loop, first come first served: bounds bytes or requests in flight.
#pragma once

#include <coroutine>
#include <cstddef>
#include <deque>

#include "base/assert.hpp"
#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

namespace garage::runtime {

class Semaphore {
 public:
  explicit Semaphore(size_t units) : available_(units), total_(units) {}

  struct Awaiter {
    Semaphore& semaphore;
    size_t units;
    telemetry::ContextKeeper context = {};
    bool await_ready() {
      if (!semaphore.waiters_.empty() || semaphore.available_ < units) return false;
      semaphore.available_ -= units;
      return true;
    }
    void await_suspend(std::coroutine_handle<> handle) {
      context.keep();
      semaphore.waiters_.push_back({handle, units});
    }
    void await_resume() const noexcept { context.give_back(); }
  };

  // More than the whole is taken as the whole, so that a large piece waits for an empty pool instead of for ever; give
  // back the same number.
  Awaiter acquire(size_t units) { return Awaiter{*this, units < total_ ? units : total_}; }
  void release(size_t units) {
    available_ += units < total_ ? units : total_;
    ASSERT(available_ <= total_, "more was released than acquired");
    while (!waiters_.empty() && waiters_.front().units <= available_) {
      auto waiter = waiters_.front();
      waiters_.pop_front();
      available_ -= waiter.units;
      Loop::current()->post([handle = waiter.handle] { handle.resume(); });
    }
  }
  size_t available() const { return available_; }
  size_t waiting() const { return waiters_.size(); }

 private:
  struct Waiter {
    std::coroutine_handle<> handle;
    size_t units;
  };
  size_t available_;
  size_t total_;
  std::deque<Waiter> waiters_;
};

}  // namespace garage::runtime
