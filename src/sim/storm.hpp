// Accidents at random moments, as AccidentOptions and ClockFaults of the world's options say: kills, power cuts,
// pauses, partitions, clock jumps. Nodes that it took down come back by themselves, partitions heal.
//
//   Storm storm(world);
//   world.run_for(60s);
//   storm.calm();                          // then demand that everything converges
//   EXPECT_GT(storm.counts().kills, 0);    // a run in which nothing happened proves nothing
//
// Threads: the world's one. May be destroyed before or after what it planned.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sim/world.hpp"

namespace garage::sim {

struct StormCounts {
  uint64_t kills = 0;
  uint64_t power_cuts = 0;  // of nodes
  uint64_t pauses = 0;
  uint64_t partitions = 0;
  uint64_t clock_jumps = 0;
};

class Storm {
 public:
  // Begins at once. Only the first `nodes` nodes are its victims (0: all), so that clients can be spared.
  explicit Storm(World& world, NodeIndex nodes = 0);
  ~Storm();
  Storm(const Storm&) = delete;

  // No more accidents; all links are healed, all nodes up.
  void calm();
  const StormCounts& counts() const { return counts_; }

 private:
  void every(Duration interval, void (Storm::*accident)());
  void after(Duration delay, std::function<void()> what);
  void kill();
  void power_cut();
  void pause();
  void partition();
  void jump_clock();
  void down(SimNode& node, bool power_lost);
  std::vector<SimNode*> living();
  SimNode* victim();

  World& world_;
  NodeIndex nodes_;
  SimRandom random_;
  StormCounts counts_;
  std::shared_ptr<bool> raging_ = std::make_shared<bool>(true);
};

}  // namespace garage::sim
