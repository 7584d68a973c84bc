// A counting semaphore for coroutines of one loop, first come first served: bounds bytes or requests in flight.
#pragma once

#include <atomic>
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
      if (!semaphore.waiters_.empty() || semaphore.available() < units) return false;
      semaphore.set_available(semaphore.available() - units);
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
    set_available(available() + (units < total_ ? units : total_));
    ASSERT(available() <= total_, "more was released than acquired");
    while (!waiters_.empty() && waiters_.front().units <= available()) {
      auto waiter = waiters_.front();
      waiters_.pop_front();
      set_available(available() - waiter.units);
      Loop::current()->post([handle = waiter.handle] { handle.resume(); });
    }
  }
  // On any thread, for those who watch.
  size_t available() const { return available_.load(std::memory_order_relaxed); }
  size_t waiting() const { return waiters_.size(); }

 private:
  // Only the loop changes it: no need to read and write at once.
  void set_available(size_t units) { available_.store(units, std::memory_order_relaxed); }

  struct Waiter {
    std::coroutine_handle<> handle;
    size_t units;
  };
  std::atomic<size_t> available_;
  size_t total_;
  std::deque<Waiter> waiters_;
};

}  // namespace garage::runtime
