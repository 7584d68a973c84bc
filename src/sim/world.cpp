#include "sim/world.hpp"

namespace garage::sim {
namespace {

constexpr uint64_t kOutsideTag = UINT64_MAX;

}  // namespace

World::World(uint64_t seed, FaultOptions faults)
    : faults_(faults),
      random_(seed),
      links_(random_.fork(), faults.network),
      bus_(scheduler_, links_),
      network_(scheduler_, links_),
      outside_clock_(scheduler_, Duration(0)),
      outside_(scheduler_, outside_clock_, random_.fork(), kOutsideTag, Duration(0)) {}

World::~World() {
  outside_.die();
  for (auto& node : nodes_) {
    if (node->alive()) node->end_life(true);
    node->disk_.stop();
  }
  scheduler_.bury_all();
  outside_.destroy_frames();
  for (auto& node : nodes_) node->destroy_frames();
  outside_.destroy_jobs();
  for (auto& node : nodes_) node->destroy_lives();
  scheduler_.bury_all();
  outside_.destroy_jobs();
}

SimNode& World::add_node(SimNode::Boot boot) {
  nodes_.push_back(std::make_unique<SimNode>(*this, node_count(), random_.fork(), std::move(boot)));
  nodes_.back()->begin_life();
  return *nodes_.back();
}

void World::run_for(Duration how_long) {
  const Duration end = now() + how_long;
  while (scheduler_.step(end)) {
  }
}

bool World::run_until(const std::function<bool()>& condition, Duration limit) {
  const Duration end = now() + limit;
  while (!condition()) {
    if (!scheduler_.step(end)) return condition();
  }
  return true;
}

void World::spawn(Task<void> task) {
  outside_.post([this, started = std::move(task)]() mutable { outside_tasks_.spawn(std::move(started)); });
}

}  // namespace garage::sim
