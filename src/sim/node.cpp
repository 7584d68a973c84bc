#include "sim/node.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/assert.hpp"
#include "runtime/task_group.hpp"
#include "sim/pool.hpp"
#include "sim/world.hpp"

namespace garage::sim {
namespace {

class NoNetwork final : public env::Network {
 public:
  Result<std::unique_ptr<env::Listener>> listen(env::Address, env::ListenOptions) override {
    return fail(ErrorKind::kUnsupported, "no network");
  }
  Task<Result<std::unique_ptr<env::Stream>>> connect(env::Address, MonotonicTime) override {
    co_return fail(ErrorKind::kUnsupported, "no network");
  }
  Task<Result<std::vector<env::Address>>> resolve(std::string) override {
    co_return fail(ErrorKind::kUnsupported, "no network");
  }
};

}  // namespace

struct SimNode::Life {
  SimLoop loop;
  SimPool disk_pool;
  SimPool compute_pool;
  NoNetwork network;
  runtime::TaskGroup tasks;
  std::vector<std::shared_ptr<void>> owned;

  Life(Scheduler& scheduler, SimClock& clock, SimRandom& random, uint64_t tag, const FaultOptions& faults)
      : loop(scheduler, clock, random.fork(), tag, faults.post_delay_longest),
        disk_pool(scheduler, loop, random.fork(), faults.disk_pool),
        compute_pool(scheduler, loop, random.fork(), faults.compute_pool) {}
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
    if (alive()) end_life();
  });
}

SimNode::~SimNode() = default;

std::string SimNode::ip() const {
  return fmt::format("10.0.{}.{}", (index_ + 1) / 250, (index_ + 1) % 250);
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
  lives_.push_back(std::make_unique<Life>(world_.scheduler(), clock_, random_, tag, world_.faults()));
  Life& life = *lives_.back();
  life.disk_pool.set_slowdown(disk_slowdown_);
  world_.bus().attach(index_, life.loop, life.tasks);
  if (boot_) life.loop.post([this] { boot_(*this); });
}

void SimNode::end_life() {
  Life& life = *lives_.back();
  life.loop.die();
  if (auto handler = world_.bus().detach(index_)) life.owned.push_back(std::move(handler));
}

void SimNode::kill() {
  ASSERT(alive(), "only the living can be killed");
  disk_.stop();
  end_life();
}

void SimNode::power_cut(const CutOptions& options) {
  disk_.lose_power();
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
