// A simulated pool: each job runs on the one thread, at one instant, after a random virtual delay. So jobs finish in
// any order and "disk" takes time; but they never overlap, so a job that waits for another one waits for ever.
#pragma once

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
  // Every job takes `factor` times as long (a slow disk).
  void set_slowdown(uint64_t factor) { slowdown_ = factor; }

 private:
  Scheduler& scheduler_;
  SimLoop& owner_;
  SimRandom random_;
  PoolDelays delays_;
  uint64_t slowdown_ = 1;
};

}  // namespace garage::sim
