// What befalls a simulated cluster: kills, power cuts, pauses, partitions, clock jumps, slow and full disks, and
// changes of the layout, at random moments as the plan of the cluster says.
//
// Ownership: borrows the cluster, and lives as long as its world. Threads: one.
#pragma once

#include <functional>
#include <optional>

#include "sim/cluster_world.hpp"

namespace garage::sim {

class ClusterAccidents {
 public:
  explicit ClusterAccidents(ClusterWorld& cluster) : cluster_(cluster), random_(cluster.random().fork()) {}

  void start();
  // No more of them; what they broke is mended.
  void calm();

 private:
  using Accident = void (ClusterAccidents::*)();
  Task<void> every(Duration interval, Accident accident);
  Task<void> come_back(NodeIndex index);
  Task<void> unblock(std::vector<std::pair<NodeIndex, NodeIndex>> cut, Duration after);
  Task<void> speed_up(NodeIndex index, Duration after);

  void kill();
  void power_cut();
  void pause();
  void partition();
  void jump_clock();
  void slow_disk();
  void full_disk();
  void change_layout();

  std::optional<NodeIndex> victim();
  NodeIndex any_node() { return static_cast<NodeIndex>(random_.below(cluster_.node_count())); }
  void say(std::string line) { cluster_.history().say(std::move(line)); }

  ClusterWorld& cluster_;
  SimRandom random_;
  bool raging_ = false;
  size_t layout_changes_ = 0;
};

}  // namespace garage::sim
