// A Signal wakes every coroutine that waits for it: "something changed, look again". Loop-local; no value, no memory of
// past calls.
//
//   while (queue.empty()) co_await changed.wait();
#pragma once

#include <coroutine>
#include <utility>
#include <vector>

#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

namespace garage::runtime {

class Signal {
 public:
  struct Awaiter {
    Signal& signal;
    telemetry::ContextKeeper context = {};
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      context.keep();
      signal.waiters_.push_back(handle);
    }
    void await_resume() const noexcept { context.give_back(); }
  };
  Awaiter wait() { return Awaiter{*this}; }

  // Waiters resume as jobs of the current loop.
  void notify_all() {
    for (auto waiter : std::exchange(waiters_, {})) {
      Loop::current()->post([waiter] { waiter.resume(); });
    }
  }

 private:
  std::vector<std::coroutine_handle<>> waiters_;
};

}  // namespace garage::runtime
