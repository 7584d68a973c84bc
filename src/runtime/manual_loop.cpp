#include "runtime/manual_loop.hpp"

#include <thread>

#include "telemetry/span_context.hpp"

namespace garage::runtime {

void ManualLoop::post(Job job) {
  std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
}

TimerId ManualLoop::call_after(Duration delay, Job job) {
  timers_.emplace(std::pair(now_ + delay, ++last_timer_), std::move(job));
  return last_timer_;
}

void ManualLoop::cancel(TimerId timer) {
  std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
}

size_t ManualLoop::run() {
  Loop::Scope scope(this);
  size_t count = 0;
  for (;;) {
    Job job;
    {
      std::lock_guard lock(mutex_);
      if (jobs_.empty()) return count;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const telemetry::ContextGuard guard(telemetry::SpanContext{});
    job();
    ++count;
  }
}

void ManualLoop::advance(Duration by) {
  const MonotonicTime target = now_ + by;
  run();
  while (!timers_.empty() && timers_.begin()->first.first <= target) {
    auto node = timers_.extract(timers_.begin());
    now_ = node.key().first;
    Loop::Scope scope(this);
    const telemetry::ContextGuard guard(telemetry::SpanContext{});
    node.mapped()();
    run();
  }
  now_ = target;
}

void ManualLoop::idle() {
  if (timers_.empty()) {
    std::this_thread::yield();
  } else {
    advance(timers_.begin()->first.first - now_);
  }
}

}  // namespace garage::runtime
