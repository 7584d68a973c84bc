// A simulated pool: each job runs on the one thread, at one instant, after a random virtual delay. So jobs finish in
// any order and "disk" takes time; but they never overlap, so a job that waits for another one waits for ever.
#pragma once

#include <memory>
#include <vector>

#include "runtime/pool.hpp"
#include "sim/faults.hpp"
#include "sim/loop.hpp"

namespace garage::sim {

class SimPool final : public runtime::Pool {
 public:
  // Jobs die with the loop.
  SimPool(Scheduler& scheduler, SimLoop& owner, SimRandom random, PoolDelays delays)
      : scheduler_(scheduler), owner_(owner), random_(random), delays_(delays) {}

  void run(runtime::Job job) override;
  // Every job takes `factor` times as long (a slow disk), from now on; where that is less than before, what is left of
  // those on their way shrinks with it.
  void set_slowdown(uint64_t factor);

 private:
  struct Slow {
    Duration due;
    Scheduler::EventId event;
    std::weak_ptr<runtime::Job> job;  // held by the event
  };
  Scheduler::EventId schedule(Duration due, std::shared_ptr<runtime::Job> job);

  Scheduler& scheduler_;
  SimLoop& owner_;
  SimRandom random_;
  PoolDelays delays_;
  uint64_t slowdown_ = 1;
  std::vector<Slow> slow_;  // handed in while jobs took longer; some are done
};

}  // namespace garage::sim
