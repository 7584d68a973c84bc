#include "sim/storm.hpp"

#include <gtest/gtest.h>

#include "env/small_file.hpp"
#include "runtime/sleep.hpp"

namespace garage::sim {
namespace {

// Each node counts on its disk; what was once acknowledged must never be lost, whatever the storm does.
struct Counter {
  explicit Counter(SimNode& n, uint64_t& a) : node(n), env(n.env()), acknowledged(a) {}
  Task<void> run() {
    uint64_t count = 0;
    auto old = co_await runtime::run_on(env.pools.disk, [this] { return env::read_file(env.disk, "/count"); });
    if (old) {
      count = std::stoull(*old);
    } else {
      EXPECT_EQ(old.error().kind, ErrorKind::kNotFound);
    }
    EXPECT_GE(count, acknowledged);
    for (;;) {
      ++count;
      auto written = co_await runtime::run_on(
          env.pools.disk, [this, count] { return env::replace_file(env.disk, "/count", std::to_string(count), 0600); });
      if (written) acknowledged = count;
      co_await runtime::sleep_for(50ms);
    }
  }
  SimNode& node;
  env::Env env;
  uint64_t& acknowledged;
};

FaultOptions rough() {
  FaultOptions faults;
  faults.clock = {.wall_offset_max = 10s, .drift_ppm_max = 100, .jump_every = 3s, .jump_max = 10s};
  faults.accidents = {.kill_every = 3s,
                      .power_cut_every = 3s,
                      .down_longest = 1s,
                      .down_nodes_max = 2,
                      .pause_every = 3s,
                      .partition_every = 3s,
                      .partition_longest = 2s,
                      .all_power_probability = 0.3};
  return faults;
}

TEST(Storm, BringsEveryKindOfAccidentAndLeavesACalmWorld) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    World world(seed, rough());
    std::vector<uint64_t> acknowledged(3, 0);
    for (int i = 0; i < 3; ++i) {
      world.add_node([&](SimNode& node) {
        auto& counter = node.own(std::make_unique<Counter>(node, acknowledged[node.index()]));
        node.spawn(counter.run());
      });
    }
    Storm storm(world);
    world.run_for(60s);
    storm.calm();
    EXPECT_GT(storm.counts().kills, 2u);
    EXPECT_GT(storm.counts().power_cuts, 2u);
    EXPECT_GT(storm.counts().pauses, 2u);
    EXPECT_GT(storm.counts().partitions, 2u);
    EXPECT_GT(storm.counts().clock_jumps, 2u);
    const auto lives = world.node(0).lives();
    for (NodeIndex a = 0; a < 3; ++a) {
      EXPECT_TRUE(world.node(a).alive());
      for (NodeIndex b = 0; b < 3; ++b) EXPECT_TRUE(world.links().open(a, b));
      EXPECT_GT(acknowledged[a], 100u);
    }
    world.run_for(60s);
    EXPECT_EQ(world.node(0).lives(), lives) << "the storm goes on";
  }
}

TEST(Storm, SparesWhoIsNotAVictim) {
  World world(1, rough());
  for (int i = 0; i < 3; ++i) world.add_node();
  Storm storm(world, 2);
  world.run_for(100s);
  EXPECT_EQ(world.node(2).lives(), 1u);
  EXPECT_GT(world.node(0).lives(), 1u);
}

TEST(Storm, MayEndBeforeItsPlans) {
  World world(1, rough());
  for (int i = 0; i < 3; ++i) world.add_node();
  {
    Storm storm(world);
    world.run_for(1s);
  }
  world.run_for(100s);
  EXPECT_LE(world.node(0).lives(), 3u);
}

// --- a planned cut inside a living node

Task<void> save(SimNode* node, bool* acknowledged) {
  auto written = co_await runtime::run_on(node->env().pools.disk,
                                          [node] { return env::replace_file(node->disk(), "/f", "x", 0600); });
  *acknowledged = written.has_value();
}

TEST(SimNode, APlannedCutKillsTheNodeAtThatPoint) {
  for (uint64_t k = 1;; ++k) {
    World world(k);
    SimNode& node = world.add_node();
    bool acknowledged = false;
    node.spawn(save(&node, &acknowledged));
    node.disk().cut_at_change(k);
    world.run_for(1s);
    if (node.alive()) {
      EXPECT_TRUE(acknowledged);
      EXPECT_GT(k, 4u);
      break;
    }
    EXPECT_FALSE(acknowledged);
    EXPECT_TRUE(node.disk().power_is_off());
    node.power_cut({.mode = CutMode::kDropAll});
    node.restart();
    EXPECT_EQ(env::read_file(node.disk(), "/f").error().kind, ErrorKind::kNotFound);
  }
}

}  // namespace
}  // namespace garage::sim
