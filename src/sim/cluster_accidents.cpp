#include "sim/cluster_accidents.hpp"

#include <fmt/format.h>

#include "runtime/sleep.hpp"
#include "sim/cluster_layout_change.hpp"

namespace garage::sim {

void ClusterAccidents::start() {
  raging_ = true;
  const ClusterPlan& plan = cluster_.plan();
  const auto begin = [this](Duration interval, Accident accident) {
    if (interval > Duration(0)) cluster_.world().spawn(every(interval, accident));
  };
  begin(plan.faults.accidents.kill_every, &ClusterAccidents::kill);
  begin(plan.faults.accidents.power_cut_every, &ClusterAccidents::power_cut);
  begin(plan.faults.accidents.pause_every, &ClusterAccidents::pause);
  begin(plan.faults.accidents.partition_every, &ClusterAccidents::partition);
  begin(plan.faults.clock.jump_every, &ClusterAccidents::jump_clock);
  begin(plan.slow_disk_every, &ClusterAccidents::slow_disk);
  begin(plan.full_disk_every, &ClusterAccidents::full_disk);
  begin(plan.layout_change_every, &ClusterAccidents::change_layout);
}

void ClusterAccidents::calm() {
  raging_ = false;
  cluster_.heal();
}

Task<void> ClusterAccidents::every(Duration interval, Accident accident) {
  for (;;) {
    co_await runtime::sleep_for(random_.around(interval));
    if (!raging_) co_return;
    (this->*accident)();
  }
}

// Nobody if enough nodes are down already.
std::optional<NodeIndex> ClusterAccidents::victim() {
  std::vector<NodeIndex> alive;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
    if (cluster_.member(i).machine->alive()) alive.push_back(i);
  }
  const size_t down = cluster_.node_count() - alive.size();
  if (alive.empty() || down >= cluster_.plan().faults.accidents.down_nodes_max) return std::nullopt;
  return random_.pick(alive);
}

Task<void> ClusterAccidents::come_back(NodeIndex index) {
  co_await runtime::sleep_for(random_.between(10ms, cluster_.plan().faults.accidents.down_longest));
  if (raging_) cluster_.restart(index);
}

void ClusterAccidents::kill() {
  const auto node = victim();
  if (!node) return;
  ++cluster_.counts().kills;
  cluster_.kill(*node);
  cluster_.world().spawn(come_back(*node));
}

void ClusterAccidents::power_cut() {
  std::vector<NodeIndex> victims;
  if (random_.chance(cluster_.plan().faults.accidents.all_power_probability)) {
    for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
      if (cluster_.member(i).machine->alive()) victims.push_back(i);
    }
  } else if (const auto node = victim()) {
    victims.push_back(*node);
  }
  for (const NodeIndex node : victims) {
    ++cluster_.counts().power_cuts;
    cluster_.power_cut(node);
    cluster_.world().spawn(come_back(node));
  }
}

void ClusterAccidents::pause() {
  const NodeIndex node = any_node();
  if (!cluster_.member(node).machine->alive()) return;
  ++cluster_.counts().pauses;
  const Duration how_long = random_.between(10ms, cluster_.plan().faults.accidents.pause_longest);
  say(fmt::format("node {} stands still for {} ms", node, how_long / 1ms));
  cluster_.member(node).machine->pause(how_long);
}

Task<void> ClusterAccidents::unblock(std::vector<std::pair<NodeIndex, NodeIndex>> cut, Duration after) {
  co_await runtime::sleep_for(after);
  if (!raging_) co_return;
  for (const auto& [from, to] : cut) cluster_.world().links().unblock(from, to);
  say("a partition ends");
}

// Some nodes, at least one and not all, lose sight of the others: both ways, or one way.
void ClusterAccidents::partition() {
  ++cluster_.counts().partitions;
  std::vector<NodeIndex> all;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) all.push_back(i);
  random_.shuffle(all);
  const size_t size = random_.chance(0.5) ? 1 : 1 + random_.below(all.size() - 1);
  const bool one_way = random_.chance(cluster_.plan().faults.accidents.one_way_probability);
  std::vector<std::pair<NodeIndex, NodeIndex>> cut;
  std::string who;
  for (size_t i = 0; i < size; ++i) {
    who += fmt::format(" {}", all[i]);
    for (size_t k = size; k < all.size(); ++k) {
      cut.emplace_back(all[i], all[k]);
      if (!one_way) cut.emplace_back(all[k], all[i]);
    }
  }
  for (const auto& [from, to] : cut) cluster_.world().links().block(from, to);
  say(fmt::format("nodes{} {}", who, one_way ? "are heard by nobody" : "are cut off"));
  cluster_.world().spawn(
      unblock(std::move(cut), random_.between(100ms, cluster_.plan().faults.accidents.partition_longest)));
}

void ClusterAccidents::jump_clock() {
  ++cluster_.counts().clock_jumps;
  const Duration most = cluster_.plan().faults.clock.jump_max;
  const Duration by = random_.between(Duration(0), 2 * most) - most;
  const NodeIndex node = any_node();
  say(fmt::format("the clock of node {} jumps by {} ms", node, by / 1ms));
  cluster_.member(node).machine->clock().jump_wall(by);
}

Task<void> ClusterAccidents::speed_up(NodeIndex index, Duration after) {
  co_await runtime::sleep_for(after);
  cluster_.member(index).machine->set_disk_slowdown(1);
}

void ClusterAccidents::slow_disk() {
  ++cluster_.counts().slow_disks;
  const NodeIndex node = any_node();
  const uint64_t factor = random_.between(uint64_t{5}, uint64_t{300});
  say(fmt::format("the disk of node {} is {} times as slow", node, factor));
  cluster_.member(node).machine->set_disk_slowdown(factor);
  cluster_.world().spawn(speed_up(node, random_.between(500ms, 15s)));
}

void ClusterAccidents::full_disk() {
  ++cluster_.counts().full_disks;
  const NodeIndex node = any_node();
  const size_t writes = 1 + random_.below(10);
  say(fmt::format("the database of node {} refuses {} writes", node, writes));
  cluster_.member(node).store->fail_next_writes(ErrorKind::kNoSpace, writes);
}

void ClusterAccidents::change_layout() {
  if (layout_changes_ >= cluster_.plan().layout_changes_max) return;
  const auto via = cluster_.any_node_up();
  if (!via) return;
  ++layout_changes_;
  cluster_.member(*via).machine->spawn(change_cluster_layout(&cluster_, *via, random_.next()));
}

}  // namespace garage::sim
