// Which span the calling code runs in. Carried by the coroutines themselves: what a coroutine waits for keeps the
// context (ContextKeeper) and gives it back when the coroutine goes on, so nobody passes it by hand. Without tracing
// that is a copy of 32 bytes.
//
// Threads: the current context is one of each thread; loops forget it between jobs.
#pragma once

#include <array>
#include <cstdint>

namespace garage::telemetry {

class Tracer;

struct SpanContext {
  Tracer* tracer = nullptr;  // null: nothing is recorded
  std::array<unsigned char, 16> trace{};
  uint64_t span = 0;
};

inline constinit thread_local SpanContext current_span;

// A member of what can be awaited: keep() in await_suspend, give_back() in await_resume.
class ContextKeeper {
 public:
  void keep() {
    kept_ = true;
    context_ = current_span;
  }
  void give_back() const {
    if (kept_) current_span = context_;
  }

 private:
  bool kept_ = false;
  SpanContext context_;
};

// Around code that may leave another context behind.
class ContextGuard {
 public:
  ContextGuard() : before_(current_span) {}
  explicit ContextGuard(const SpanContext& inside) : before_(current_span) { current_span = inside; }
  ~ContextGuard() { current_span = before_; }
  ContextGuard(const ContextGuard&) = delete;

 private:
  const SpanContext before_;
};

}  // namespace garage::telemetry
