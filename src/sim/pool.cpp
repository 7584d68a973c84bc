#include "sim/pool.hpp"

#include <utility>

namespace garage::sim {

void SimPool::run(runtime::Job job) {
  if (!owner_.alive()) return owner_.bury(std::move(job));
  Duration delay = random_.between(delays_.shortest, delays_.longest);
  if (random_.chance(delays_.stall_probability)) delay += random_.between(Duration(0), delays_.stall_longest);
  const Duration due = scheduler_.now() + delay * static_cast<int64_t>(slowdown_);
  auto held = std::make_shared<runtime::Job>(std::move(job));
  const std::weak_ptr<runtime::Job> watched = held;
  const auto event = schedule(due, std::move(held));
  if (slowdown_ == 1) return;
  std::erase_if(slow_, [](const Slow& one) { return one.job.expired(); });
  slow_.push_back({due, event, watched});
}

Scheduler::EventId SimPool::schedule(Duration due, std::shared_ptr<runtime::Job> job) {
  return scheduler_.at(due, &owner_, [held = std::move(job)] {
    runtime::Loop::Scope on_a_pool_thread(nullptr);
    (*held)();
  });
}

void SimPool::set_slowdown(uint64_t factor) {
  const uint64_t before = std::exchange(slowdown_, factor);
  if (factor >= before) return;
  for (Slow& one : slow_) {
    auto job = one.job.lock();
    if (!job) continue;
    scheduler_.cancel(one.event);
    const Duration left = one.due - scheduler_.now();
    one.due = scheduler_.now() + left * static_cast<int64_t>(factor) / static_cast<int64_t>(before);
    one.event = schedule(one.due, std::move(job));
  }
}

}  // namespace garage::sim
