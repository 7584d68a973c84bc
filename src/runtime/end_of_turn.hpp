// co_await EndOfTurn{}: resumes once everything that is ready on the current loop has run, so that others may join in
// what costs little more for many than for one.
#pragma once

#include <coroutine>

#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

namespace garage::runtime {

struct EndOfTurn {
  telemetry::ContextKeeper context = {};
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    context.keep();
    Loop::current()->post_last([handle] { handle.resume(); });
  }
  void await_resume() const noexcept { context.give_back(); }
};

}  // namespace garage::runtime
