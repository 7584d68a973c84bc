#include "sim/loop.hpp"

#include <algorithm>
#include <utility>

#include "telemetry/span_context.hpp"

namespace garage::sim {

SimLoop::SimLoop(Scheduler& scheduler, SimClock& clock, SimRandom random, uint64_t trace_tag, Duration post_delay_max)
    : scheduler_(scheduler), clock_(clock), random_(random), trace_tag_(trace_tag), post_delay_max_(post_delay_max) {}

void SimLoop::post(runtime::Job job) {
  if (!alive_) return bury(std::move(job));
  last_post_ = std::max(last_post_, scheduler_.now() + random_.between(Duration(0), post_delay_max_));
  scheduler_.at(last_post_, this, std::move(job));
}

runtime::TimerId SimLoop::call_after(Duration delay, runtime::Job job) {
  return scheduler_.at(scheduler_.now() + clock_.world_duration(delay), this, std::move(job));
}

void SimLoop::task_started(std::coroutine_handle<> frame) {
  frames_.emplace(frame.address(), ++tasks_started_);
}

void SimLoop::task_freed(std::coroutine_handle<> frame) {
  frames_.erase(frame.address());
}

void SimLoop::run(runtime::Job job) {
  Scope scope(this);
  const telemetry::ContextGuard guard(telemetry::SpanContext{});
  job();
}

void SimLoop::bury(runtime::Job job) {
  remains_.push_back(std::move(job));
}

void SimLoop::destroy_frames() {
  Scope scope(this);
  while (!frames_.empty()) {
    std::vector<std::pair<uint64_t, void*>> oldest_first;
    for (const auto& [address, order] : frames_) oldest_first.emplace_back(order, address);
    std::sort(oldest_first.begin(), oldest_first.end());
    for (; !oldest_first.empty(); oldest_first.pop_back()) {
      const auto [order, address] = oldest_first.back();
      // A destructor may have started another task, even at the same address.
      const auto found = frames_.find(address);
      if (found != frames_.end() && found->second == order) std::coroutine_handle<>::from_address(address).destroy();
    }
  }
}

void SimLoop::destroy_jobs() {
  Scope scope(this);
  while (!remains_.empty()) std::exchange(remains_, {}).clear();
}

}  // namespace garage::sim
