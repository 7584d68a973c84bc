#include "sim/node.hpp"

#include <utility>

#include "base/assert.hpp"
#include "runtime/task_group.hpp"
#include "sim/network_address.hpp"
#include "sim/pool.hpp"
#include "sim/world.hpp"

namespace garage::sim {

struct SimNode::Life {
  SimLoop loop;
  SimPool disk_pool;
  SimPool compute_pool;
  NodeNetwork network;
  runtime::TaskGroup tasks;
  std::vector<std::shared_ptr<void>> owned;

  Life(World& world, SimNode& node, uint64_t trace_tag)
      : loop(world.scheduler(), node.clock(), node.random().fork(), trace_tag, world.faults().post_delay_longest),
        disk_pool(world.scheduler(), loop, node.random().fork(), world.faults().disk_pool),
        compute_pool(world.scheduler(), loop, node.random().fork(), world.faults().compute_pool),
        network(world.network(), node.index()) {}
};

SimNode::SimNode(World& world, NodeIndex index, SimRandom random, Boot boot)
    : world_(world),
      index_(index),
      random_(random),
      boot_(std::move(boot)),
      clock_(world.scheduler(), random_.between(Duration(1s), Duration(std::chrono::hours(1000)))),
      disk_(random_.next(), world.faults().disk) {
  const ClockFaults& faults = world.faults().clock;
  clock_.set_wall_offset(random_.between(Duration(0), 2 * faults.wall_offset_max) - faults.wall_offset_max);
  clock_.set_drift_ppm(static_cast<int64_t>(random_.below(2 * faults.drift_ppm_max + 1)) -
                       static_cast<int64_t>(faults.drift_ppm_max));
  if (random_.chance(world.faults().slow_disk_probability)) disk_slowdown_ = world.faults().slow_disk_factor;
  disk_.on_power_lost([this] {
    if (alive()) end_life(true);
  });
}

SimNode::~SimNode() = default;

std::string SimNode::ip() const {
  return ip_of(index_);
}

SimLoop& SimNode::loop() {
  ASSERT(!lives_.empty(), "a node has lived");
  return lives_.back()->loop;
}

env::Env SimNode::env() {
  ASSERT(alive(), "only a living node has a world around it");
  Life& life = *lives_.back();
  return {clock_, random_, disk_, life.network, {&life.loop}, {life.disk_pool, life.compute_pool}};
}

bool SimNode::alive() const {
  return !lives_.empty() && lives_.back()->loop.alive();
}

void SimNode::begin_life() {
  const uint64_t tag = (uint64_t{index_} + 1) << 32 | (lives_.size() + 1);
  lives_.push_back(std::make_unique<Life>(world_, *this, tag));
  Life& life = *lives_.back();
  life.disk_pool.set_slowdown(disk_slowdown_);
  life.network.begin();
  world_.bus().attach(index_, life.loop, life.tasks);
  if (boot_) life.loop.post([this] { boot_(*this); });
}

void SimNode::end_life(bool power_lost) {
  Life& life = *lives_.back();
  life.loop.die();
  life.network.die(power_lost);
  if (auto handler = world_.bus().detach(index_)) life.owned.push_back(std::move(handler));
}

void SimNode::kill() {
  ASSERT(alive(), "only the living can be killed");
  disk_.stop();
  end_life(false);
}

void SimNode::power_cut(const CutOptions& options) {
  disk_.lose_power();
  world_.network().machine_dark(index_);
  disk_.power_cut(options);
  disk_.stop();
}

void SimNode::restart() {
  ASSERT(!alive(), "a node is restarted when it is down");
  if (disk_.power_is_off()) power_cut(CutOptions::draw(random_));
  disk_.start();
  begin_life();
}

void SimNode::pause(Duration how_long) {
  loop().pause_until(world_.now() + how_long);
}

void SimNode::set_disk_slowdown(uint64_t factor) {
  disk_slowdown_ = factor;
  if (alive()) lives_.back()->disk_pool.set_slowdown(factor);
}

void SimNode::keep(std::shared_ptr<void> object) {
  ASSERT(alive(), "only a living node owns new things");
  lives_.back()->owned.push_back(std::move(object));
}

void SimNode::spawn(Task<void> task) {
  ASSERT(alive(), "only a living node starts tasks");
  Life& life = *lives_.back();
  life.loop.post([&life, started = std::move(task)]() mutable { life.tasks.spawn(std::move(started)); });
}

void SimNode::serve(Bus::Handler handler) {
  world_.bus().serve(index_, std::move(handler));
}

void SimNode::destroy_frames() {
  for (auto life = lives_.rbegin(); life != lives_.rend(); ++life) (*life)->loop.destroy_frames();
}

void SimNode::destroy_lives() {
  for (auto life = lives_.rbegin(); life != lives_.rend(); ++life) {
    SimLoop& loop = (*life)->loop;
    loop.destroy_jobs();
    runtime::Loop::Scope scope(&loop);
    while (!(*life)->owned.empty()) (*life)->owned.pop_back();
    loop.destroy_jobs();
  }
}

}  // namespace garage::sim
