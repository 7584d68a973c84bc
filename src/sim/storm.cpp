#include "sim/storm.hpp"

#include <algorithm>
#include <utility>

namespace garage::sim {

Storm::Storm(World& world, NodeIndex nodes)
    : world_(world), nodes_(nodes == 0 ? world.node_count() : nodes), random_(world.random().fork()) {
  const AccidentOptions& accidents = world_.faults().accidents;
  every(accidents.kill_every, &Storm::kill);
  every(accidents.power_cut_every, &Storm::power_cut);
  every(accidents.pause_every, &Storm::pause);
  every(accidents.partition_every, &Storm::partition);
  every(world_.faults().clock.jump_every, &Storm::jump_clock);
}

Storm::~Storm() {
  *raging_ = false;
}

void Storm::calm() {
  *raging_ = false;
  world_.links().heal();
  for (NodeIndex i = 0; i < nodes_; ++i) {
    SimNode& node = world_.node(i);
    if (!node.alive()) node.restart();
    node.pause(Duration(0));
  }
}

void Storm::after(Duration delay, std::function<void()> what) {
  world_.scheduler().at(world_.now() + delay, nullptr, [raging = raging_, what = std::move(what)] {
    if (*raging) what();
  });
}

void Storm::every(Duration interval, void (Storm::*accident)()) {
  if (interval == Duration(0)) return;
  after(random_.around(interval), [this, interval, accident] {
    (this->*accident)();
    every(interval, accident);
  });
}

std::vector<SimNode*> Storm::living() {
  std::vector<SimNode*> out;
  for (NodeIndex i = 0; i < nodes_; ++i) {
    if (world_.node(i).alive()) out.push_back(&world_.node(i));
  }
  return out;
}

// Nobody if enough nodes are down already.
SimNode* Storm::victim() {
  const auto alive = living();
  const size_t down = nodes_ - alive.size();
  return alive.empty() || down >= world_.faults().accidents.down_nodes_max ? nullptr : random_.pick(alive);
}

void Storm::down(SimNode& node, bool power_lost) {
  if (power_lost) {
    ++counts_.power_cuts;
    node.power_cut(CutOptions::draw(random_));
  } else {
    ++counts_.kills;
    node.kill();
  }
  after(random_.between(1ms, world_.faults().accidents.down_longest), [&node] {
    if (!node.alive()) node.restart();
  });
}

void Storm::kill() {
  if (SimNode* node = victim()) down(*node, false);
}

void Storm::power_cut() {
  if (random_.chance(world_.faults().accidents.all_power_probability)) {
    for (SimNode* node : living()) down(*node, true);
  } else if (SimNode* node = victim()) {
    down(*node, true);
  }
}

void Storm::pause() {
  const auto alive = living();
  if (alive.empty()) return;
  ++counts_.pauses;
  random_.pick(alive)->pause(random_.between(1ms, world_.faults().accidents.pause_longest));
}

// Some nodes, at least one and not all, lose sight of the others: both ways, or one way.
void Storm::partition() {
  if (nodes_ < 2) return;
  ++counts_.partitions;
  std::vector<NodeIndex> all;
  for (NodeIndex i = 0; i < nodes_; ++i) all.push_back(i);
  random_.shuffle(all);
  const size_t size = 1 + random_.below(nodes_ - 1);
  const bool one_way = random_.chance(world_.faults().accidents.one_way_probability);
  std::vector<std::pair<NodeIndex, NodeIndex>> cut;
  for (size_t i = 0; i < size; ++i) {
    for (size_t k = size; k < all.size(); ++k) {
      cut.emplace_back(all[i], all[k]);
      if (!one_way) cut.emplace_back(all[k], all[i]);
    }
  }
  for (const auto& [from, to] : cut) world_.links().block(from, to);
  after(random_.between(1ms, world_.faults().accidents.partition_longest), [this, cut = std::move(cut)] {
    for (const auto& [from, to] : cut) world_.links().unblock(from, to);
  });
}

void Storm::jump_clock() {
  ++counts_.clock_jumps;
  const Duration most = world_.faults().clock.jump_max;
  const Duration by = random_.between(Duration(0), 2 * most) - most;
  world_.node(static_cast<NodeIndex>(random_.below(nodes_))).clock().jump_wall(by);
}

}  // namespace garage::sim
