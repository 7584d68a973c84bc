#include "sim/pool.hpp"

#include <utility>

namespace garage::sim {

void SimPool::run(runtime::Job job) {
  if (!owner_.alive()) return owner_.bury(std::move(job));
  Duration delay = random_.between(delays_.shortest, delays_.longest);
  if (random_.chance(delays_.stall_probability)) delay += random_.between(Duration(0), delays_.stall_longest);
  delay *= static_cast<int64_t>(slowdown_);
  scheduler_.at(scheduler_.now() + delay, &owner_, [work = std::move(job)]() mutable {
    runtime::Loop::Scope on_a_pool_thread(nullptr);
    work();
  });
}

}  // namespace garage::sim
