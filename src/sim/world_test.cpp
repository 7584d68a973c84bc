#include "sim/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "env/small_file.hpp"
#include "runtime/signal.hpp"
#include "runtime/sleep.hpp"

namespace garage::sim {
namespace {

// --- time and order

Task<int> sleep_and_answer(Duration delay, int answer) {
  co_await runtime::sleep_for(delay);
  co_return answer;
}

TEST(World, VirtualTimePassesOnlyInWaits) {
  World world(1);
  EXPECT_EQ(world.run(sleep_and_answer(std::chrono::hours(100), 7), std::chrono::hours(200)), 7);
  EXPECT_EQ(world.now(), std::chrono::hours(100));
  world.run_for(5s);
  EXPECT_EQ(world.now(), std::chrono::hours(100) + 5s);
}

TEST(World, RunGivesUpAtItsLimit) {
  World world(1);
  EXPECT_EQ(world.run(sleep_and_answer(10s, 7), 9s), std::nullopt);
  EXPECT_EQ(world.now(), 9s);
}

TEST(World, JobsOfOneLoopKeepTheirOrder) {
  World world(3, {.post_delay_longest = 1ms});
  SimNode& node = world.add_node();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) node.loop().post([&order, i] { order.push_back(i); });
  world.run_for(1s);
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

std::vector<int> order_of_two_nodes(uint64_t seed) {
  World world(seed);
  std::vector<int> order;
  world.add_node();
  world.add_node();
  for (NodeIndex n = 0; n < 2; ++n) {
    for (int i = 0; i < 10; ++i) world.node(n).loop().post([&order, n] { order.push_back(static_cast<int>(n)); });
  }
  world.run_for(1s);
  return order;
}

TEST(World, TheSeedDecidesWhoGoesFirst) {
  EXPECT_EQ(order_of_two_nodes(1), order_of_two_nodes(1));
  EXPECT_NE(order_of_two_nodes(1), order_of_two_nodes(2));
}

TEST(World, TimersFireOnceInOrderAndCanBeCancelled) {
  World world(1);
  std::string fired;
  world.loop().call_after(2s, [&fired] { fired += "b"; });
  world.loop().call_after(1s, [&fired] { fired += "a"; });
  const auto cancelled = world.loop().call_after(1500ms, [&fired] { fired += "x"; });
  world.loop().cancel(cancelled);
  world.run_for(10s);
  world.loop().cancel(cancelled);
  EXPECT_EQ(fired, "ab");
}

TEST(World, ALateCancelDoesNotHitAnotherTimerInTheSamePlace) {
  World world(1);
  int fired = 0;
  const auto first = world.loop().call_after(1s, [&fired] { ++fired; });
  world.run_for(2s);
  world.loop().call_after(1s, [&fired] { ++fired; });
  world.loop().cancel(first);
  world.run_for(2s);
  EXPECT_EQ(fired, 2);
}

// --- clocks

TEST(SimClock, OffsetDriftJumpAndFreeze) {
  World world(1);
  SimNode& node = world.add_node();
  SimClock& clock = node.clock();
  const MonotonicTime start = clock.monotonic_now();
  EXPECT_EQ(clock.wall_now(), kWorldStart);
  clock.set_wall_offset(-300s);
  EXPECT_EQ(clock.wall_now().unix_ms, kWorldStart.unix_ms - 300'000);
  clock.set_drift_ppm(100'000);  // a tenth too fast
  world.run_for(100s);
  EXPECT_EQ(clock.monotonic_now() - start, 110s);
  EXPECT_EQ(clock.wall_now().unix_ms, kWorldStart.unix_ms - 300'000 + 110'000);
  clock.jump_wall(std::chrono::hours(24 * 3650));
  EXPECT_EQ(clock.wall_now().unix_ms, kWorldStart.unix_ms - 190'000 + 3650ull * 86'400'000);
  clock.jump_wall(-std::chrono::hours(24 * 3650));
  clock.freeze_wall(true);
  world.run_for(10s);
  EXPECT_EQ(clock.wall_now().unix_ms, kWorldStart.unix_ms - 190'000);
  EXPECT_EQ(clock.monotonic_now() - start, 121s);
  clock.freeze_wall(false);
  world.run_for(10s);
  EXPECT_EQ(clock.wall_now().unix_ms, kWorldStart.unix_ms - 190'000 + 11'000);
}

TEST(SimClock, AFastClockWaitsLess) {
  World world(1);
  SimNode& node = world.add_node();
  node.clock().set_drift_ppm(1'000'000);
  Duration fired_at{0};
  node.loop().call_after(10s, [&] { fired_at = world.now(); });
  node.loop().call_after(MonotonicTime::never() - node.loop().now(), [] { FAIL() << "never"; });
  world.run_for(std::chrono::hours(1000));
  EXPECT_EQ(fired_at, 5s);
}

TEST(SimNode, MonotonicTimesOfTwoNodesDiffer) {
  World world(1);
  EXPECT_NE(world.add_node().clock().monotonic_now(), world.add_node().clock().monotonic_now());
}

// --- pools

Task<void> on_the_pool(SimNode* node, int number, std::vector<int>* order) {
  auto done = co_await runtime::run_on(node->env().pools.disk, [number]() -> Result<int> {
    EXPECT_EQ(runtime::Loop::current(), nullptr);
    return number;
  });
  EXPECT_EQ(runtime::Loop::current(), &node->loop());
  order->push_back(*done);
}

TEST(SimPool, JobsTakeTimeAndOvertakeEachOther) {
  World world(5);
  SimNode& node = world.add_node();
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) node.spawn(on_the_pool(&node, i, &order));
  world.run_for(1us);
  EXPECT_TRUE(order.empty());
  world.run_for(1s);
  EXPECT_EQ(order.size(), 20u);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(SimPool, ADiskThatRecoversSoonEndsWhatItHasBegun) {
  World world(5);
  SimNode& node = world.add_node();
  node.set_disk_slowdown(1'000'000);
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) node.spawn(on_the_pool(&node, i, &order));
  world.run_for(1s);
  const size_t before = order.size();
  EXPECT_LT(before, 20u);
  node.set_disk_slowdown(2'000'000);
  world.run_for(1s);
  node.set_disk_slowdown(1);
  world.run_for(1s);
  EXPECT_EQ(order.size(), 20u);
}

// --- death

// Counts those of its kind that live, and shouts if one is used after the node died.
struct Resource {
  explicit Resource(int* count) : alive(count) { ++*alive; }
  Resource(const Resource&) = delete;
  ~Resource() { --*alive; }
  int* alive;
};

struct Server {
  explicit Server(SimNode* n, int* count) : node(n), env(n->env()), resource(count) {}
  Task<void> run() {
    Resource local(resource.alive);
    for (;;) {
      ++rounds;
      co_await runtime::sleep_for(10ms);
      group.spawn(work(&local));
      co_await changed.wait();
    }
  }
  Task<void> work(Resource* of_the_parent) {
    auto shared = std::make_unique<Resource>(of_the_parent->alive);
    (void)co_await runtime::run_on(env.pools.disk, [] { return Result<int>(1); });
    (void)co_await nested();
    changed.notify_all();
  }
  Task<int> nested() {
    Resource local(resource.alive);
    co_await runtime::sleep_for(5ms);
    co_return 1;
  }
  SimNode* node;
  env::Env env;
  int rounds = 0;
  Resource resource;
  runtime::Signal changed;
  runtime::TaskGroup group;
};

TEST(SimNode, NothingOfAKilledNodeRunsAndNothingLeaks) {
  int alive = 0;
  {
    World world(7);
    std::vector<Server*> servers;
    SimNode& node = world.add_node([&](SimNode& n) {
      servers.push_back(&n.own(std::make_unique<Server>(&n, &alive)));
      n.spawn(servers.back()->run());
    });
    // Killed at many different moments: asleep, on the pool, between two jobs.
    for (int i = 0; i < 50; ++i) {
      world.run_for(world.random().between(Duration(1us), Duration(40ms)));
      const int rounds = servers.back()->rounds;
      const int alive_then = alive;
      node.kill();
      world.run_for(1s);
      EXPECT_EQ(servers.back()->rounds, rounds);
      EXPECT_EQ(alive, alive_then) << "a destructor of a dead node has run";
      node.restart();
      world.run_for(1ms);
    }
    EXPECT_EQ(node.lives(), 51u);
    EXPECT_GT(servers.back()->rounds, 0);
    EXPECT_GT(alive, 50);
  }
  EXPECT_EQ(alive, 0);
}

Task<void> kills_itself(SimNode* node, int* after) {
  co_await runtime::sleep_for(1s);
  node->kill();
  co_await runtime::sleep_for(1s);
  ++*after;
}

TEST(SimNode, MayBeKilledFromInside) {
  World world(1);
  int after = 0;
  SimNode& node = world.add_node();
  node.spawn(kills_itself(&node, &after));
  world.run_for(10s);
  EXPECT_FALSE(node.alive());
  EXPECT_EQ(after, 0);
  node.restart();
  EXPECT_TRUE(node.alive());
}

TEST(SimNode, APausedNodeStandsStillAndGoesOn) {
  World world(1);
  SimNode& node = world.add_node();
  std::string happened;
  node.loop().call_after(1s, [&] { happened += "a"; });
  node.loop().call_after(2s, [&] { happened += "b"; });
  node.loop().call_after(9s, [&] { happened += "c"; });
  node.pause(5s);
  world.run_for(4s);
  EXPECT_EQ(happened, "");
  world.run_for(2s);
  EXPECT_EQ(happened, "ab");
  world.run_for(5s);
  EXPECT_EQ(happened, "abc");
}

// --- determinism

Task<Result<std::string>> relay(World* world, NodeIndex self, std::string text) {
  if (text.size() > 20) co_return text;
  auto& loop = world->node(self).loop();
  auto next = co_await world->bus().call(self, (self + 1) % world->node_count(), text + "x", loop.now() + 2s);
  co_return next ? *next : text + "?";
}

Task<void> busy(World* world, SimNode* node) {
  for (int i = 0;; ++i) {
    const std::string path = "/file" + std::to_string(i % 5);
    auto write = [node, path] { return env::replace_file(node->disk(), path, path, 0644); };
    auto written = co_await runtime::run_on(node->env().pools.disk, std::move(write));
    if (!written) world->scheduler().trace(1);
    co_await runtime::sleep_for(node->random().between(Duration(1ms), Duration(100ms)));
    (void)co_await world->bus().call(node->index(), 0, "hello", node->loop().now() + 500ms);
  }
}

struct Outcome {
  uint64_t final_number;
  uint64_t trace;
  std::vector<uint64_t> disks;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome rough_life(uint64_t seed) {
  SimRandom options(seed);
  World world(seed, FaultOptions::draw(options));
  for (int i = 0; i < 4; ++i) {
    world.add_node([&world](SimNode& node) {
      node.serve([&world, self = node.index()](std::string text) { return relay(&world, self, std::move(text)); });
      node.spawn(busy(&world, &node));
    });
  }
  for (int round = 0; round < 10; ++round) {
    world.run_for(2s);
    SimNode& victim = world.node(static_cast<NodeIndex>(world.random().below(4)));
    if (!victim.alive()) continue;
    if (world.random().chance(0.5)) {
      victim.kill();
    } else {
      victim.power_cut(CutOptions::draw(world.random()));
    }
    world.run_for(1s);
    victim.restart();
  }
  Outcome out{world.final_number(), world.trace_hash(), {}};
  for (NodeIndex i = 0; i < 4; ++i) out.disks.push_back(world.node(i).disk().durable_digest());
  return out;
}

TEST(World, TheSameSeedLivesTheSameLife) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome first = rough_life(seed);
    EXPECT_EQ(first, rough_life(seed)) << "seed " << seed;
    EXPECT_NE(first.trace, rough_life(seed + 100).trace);
  }
}

TEST(FaultOptions, PrintsEveryFieldAndDrawsMixes) {
  SimRandom random(1);
  std::set<std::string> texts;
  int without_kills = 0;
  for (int i = 0; i < 100; ++i) {
    const FaultOptions options = FaultOptions::draw(random);
    texts.insert(to_string(options));
    without_kills += options.accidents.kill_every == Duration(0);
  }
  EXPECT_EQ(texts.size(), 100u);
  EXPECT_GT(without_kills, 10);
  EXPECT_LT(without_kills, 60);
}

TEST(SimRandom, DrawsAreTheSameOnEveryBuild) {
  SimRandom random(42);
  EXPECT_EQ(random.next(), 1546998764402558742u);
  EXPECT_EQ(random.next(), 6990951692964543102u);
  std::vector<int> all{1, 2, 3, 4, 5, 6, 7, 8};
  random.shuffle(all);
  EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 8u);
  std::array<unsigned char, 3> odd{};
  random.fill(odd);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t n = random.between(5, 7);
    EXPECT_TRUE(n >= 5 && n <= 7);
    EXPECT_TRUE(random.chance(1.0));
    EXPECT_FALSE(random.chance(0.0));
  }
}

}  // namespace
}  // namespace garage::sim
