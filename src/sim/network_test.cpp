#include "sim/network.hpp"

#include <gtest/gtest.h>

#include <array>

#include "env/connect.hpp"
#include "runtime/sleep.hpp"
#include "sim/world.hpp"

namespace garage::sim {
namespace {

using StreamPtr = std::unique_ptr<env::Stream>;

Task<Result<void>> write(env::Stream* stream, std::string text, MonotonicTime deadline = MonotonicTime::never()) {
  const std::array<std::string_view, 1> pieces{text};
  co_return co_await stream->write_all(pieces, deadline);
}

Task<Result<std::string>> read(env::Stream* stream, Duration patience) {
  std::string out(1000, '?');
  CO_TRY(const size_t n, co_await stream->read_some(out, runtime::Loop::current()->now() + patience));
  out.resize(n);
  co_return out;
}

Task<void> echo_stream(StreamPtr stream) {
  for (;;) {
    auto text = co_await read(stream.get(), std::chrono::hours(1));
    if (!text || text->empty()) co_return;
    if (!co_await write(stream.get(), *text)) co_return;
  }
}

struct EchoServer {
  explicit EchoServer(SimNode& n) : node(n) {}
  Task<void> run() {
    auto listener = node.env().network.listen({"0.0.0.0:80"}, {});
    while (listener) {
      auto stream = co_await (*listener)->accept();
      if (!stream) break;
      group.spawn(echo_stream(std::move(*stream)));
    }
  }
  SimNode& node;
  runtime::TaskGroup group;
};

// Node 0 serves, node 1 asks; the test holds the client's stream.
struct Pair {
  explicit Pair(FaultOptions faults = {}) : world(5, faults) {
    for (int i = 0; i < 2; ++i) {
      world.add_node([](SimNode& node) {
        auto& server = node.own(std::make_unique<EchoServer>(node));
        node.spawn(server.run());
      });
    }
    world.run_for(1ms);
  }
  Result<StreamPtr> connect(Duration patience = 5s) {
    return *world.run(world.node(1).env().network.connect({world.node(0).ip() + ":80"}, world.loop().now() + patience));
  }
  Result<std::string> ask(env::Stream& stream, std::string text, Duration patience = 5s) {
    auto written = *world.run(write(&stream, std::move(text)));
    if (!written) return std::unexpected(written.error());
    return *world.run(read(&stream, patience));
  }
  World world;
};

TEST(SimNetwork, AStreamGoesBothWays) {
  Pair pair;
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  EXPECT_EQ(*pair.ask(**stream, "hello"), "hello");
  EXPECT_EQ((*stream)->peer_address().text, "10.0.0.1:80");
}

TEST(SimNetwork, APartitionHoldsBytesAndHealingDeliversThemInOrder) {
  Pair pair;
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  pair.world.links().block(1, 0);
  EXPECT_EQ(pair.ask(**stream, "one", 5s).error().kind, ErrorKind::kTimeout);
  ASSERT_TRUE(*pair.world.run(write(stream->get(), "two")));
  pair.world.links().heal();
  ASSERT_TRUE(*pair.world.run(write(stream->get(), "three")));
  pair.world.run_for(1s);
  EXPECT_EQ(*pair.world.run(read(stream->get(), 1s)), "onetwothree");
}

TEST(SimNetwork, OneWayPartitionLetsTheRequestThrough) {
  Pair pair;
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  pair.world.links().block(0, 1);
  EXPECT_EQ(pair.ask(**stream, "one", 5s).error().kind, ErrorKind::kTimeout);
  pair.world.links().unblock(0, 1);
  EXPECT_EQ(*pair.world.run(read(stream->get(), 1s)), "one");
}

TEST(SimNetwork, ALongPartitionEndsTheConnection) {
  Pair pair;
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  pair.world.links().block_both(0, 1);
  ASSERT_TRUE(*pair.world.run(write(stream->get(), "lost")));
  EXPECT_EQ((*pair.world.run(read(stream->get(), 61s))).error().kind, ErrorKind::kClosed);
}

TEST(SimNetwork, ConnectingThroughAPartitionTimesOutAndLaterWorks) {
  Pair pair;
  pair.world.links().block(0, 1);
  const Duration start = pair.world.now();
  EXPECT_EQ(pair.connect(5s).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(pair.world.now() - start, 5s);
  pair.world.links().heal();
  EXPECT_TRUE(pair.connect());
}

TEST(SimNetwork, AKilledProcessEndsItsConnectionsAndRefuses) {
  Pair pair;
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  pair.world.node(0).kill();
  EXPECT_EQ(*pair.world.run(read(stream->get(), 1s)), "") << "the kernel says the end";
  EXPECT_EQ(pair.connect().error().kind, ErrorKind::kUnavailable);
  pair.world.node(0).restart();
  pair.world.run_for(1ms);
  EXPECT_TRUE(pair.connect());
  ASSERT_TRUE(*pair.world.run(write(stream->get(), "to whom?")));
  pair.world.run_for(1s);
  EXPECT_EQ((*pair.world.run(write(stream->get(), "again"))).error().kind, ErrorKind::kClosed) << "a reset";
}

TEST(SimNetwork, APowerCutIsSilentUntilTheMachineIsBack) {
  Pair pair;
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  pair.world.node(0).power_cut({});
  EXPECT_EQ(pair.ask(**stream, "anybody?", 5s).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(pair.connect(5s).error().kind, ErrorKind::kTimeout);
  pair.world.node(0).restart();
  EXPECT_EQ((*pair.world.run(read(stream->get(), 5s))).error().kind, ErrorKind::kClosed) << "a reset";
}

TEST(SimNetwork, AMachineThatLosesPowerAfterItsProcessDiedIsSilentToo) {
  Pair pair;
  pair.world.node(0).kill();
  EXPECT_EQ(pair.connect(5s).error().kind, ErrorKind::kUnavailable);
  pair.world.node(0).power_cut({});
  EXPECT_EQ(pair.connect(5s).error().kind, ErrorKind::kTimeout);
}

TEST(SimNetwork, AResetEndsTheConnectionForBoth) {
  Pair pair;
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  pair.world.network().reset_connections(0, 1);
  EXPECT_EQ((*pair.world.run(read(stream->get(), 5s))).error().kind, ErrorKind::kClosed);
  EXPECT_TRUE(pair.connect());
}

TEST(SimNetwork, BandwidthTakesItsTime) {
  FaultOptions faults;
  faults.network.bandwidth_bytes_per_s = 1000;
  Pair pair(faults);
  auto stream = pair.connect();
  ASSERT_TRUE(stream);
  const Duration start = pair.world.now();
  EXPECT_TRUE(pair.ask(**stream, std::string(900, 'x')));
  EXPECT_GE(pair.world.now() - start, 1800ms);
}

Task<void> talk_for_ever(SimNode* node) {
  const env::Address server{"10.0.0.1:80"};
  for (;;) {
    auto stream = co_await node->env().network.connect(server, node->loop().now() + 1s);
    while (stream) {
      if (!co_await write(stream->get(), std::string(5000, 'x'), node->loop().now() + 1s)) break;
      if (!co_await read(stream->get(), 100ms)) break;
      co_await runtime::sleep_for(5ms);
    }
    co_await runtime::sleep_for(10ms);
  }
}

uint64_t rough_life(uint64_t seed) {
  SimRandom draw(seed);
  World world(seed, FaultOptions::draw(draw));
  for (int i = 0; i < 3; ++i) {
    world.add_node([](SimNode& node) {
      auto& server = node.own(std::make_unique<EchoServer>(node));
      node.spawn(server.run());
      node.spawn(talk_for_ever(&node));
    });
  }
  for (int round = 0; round < 20; ++round) {
    world.run_for(world.random().between(Duration(1ms), Duration(2s)));
    SimNode& victim = world.node(static_cast<NodeIndex>(world.random().below(3)));
    switch (world.random().below(4)) {
      case 0:
        victim.kill();
        break;
      case 1:
        victim.power_cut(CutOptions::draw(world.random()));
        break;
      case 2:
        world.links().isolate({victim.index()}, world.node_count());
        break;
      default:
        world.network().reset_connections(victim.index(), 0);
        break;
    }
    world.run_for(world.random().between(Duration(1ms), Duration(2s)));
    world.links().heal();
    if (!victim.alive()) victim.restart();
  }
  return world.final_number();
}

TEST(SimNetwork, TheSameSeedLivesTheSameLifeAndNothingLeaks) {
  for (uint64_t seed = 1; seed <= 5; ++seed) EXPECT_EQ(rough_life(seed), rough_life(seed)) << "seed " << seed;
}

Task<Result<std::vector<env::Address>>> resolve(SimNode* node, std::string name) {
  co_return co_await node->env().network.resolve(std::move(name), MonotonicTime::never());
}

TEST(SimNetwork, NamesResolveAsTold) {
  World world(1);
  SimNode& node = world.add_node();
  world.network().add_host("garage.example", {"10.0.0.2", "10.0.0.1"});
  EXPECT_EQ(**world.run(resolve(&node, "garage.example:3901")),
            (std::vector<env::Address>{{"10.0.0.2:3901"}, {"10.0.0.1:3901"}}));
  EXPECT_EQ((*world.run(resolve(&node, "elsewhere.example:1"))).error().kind, ErrorKind::kNotFound);
}

TEST(SimNetwork, ASilentAddressLeavesTimeForTheOthersOfItsName) {
  Pair pair;
  const SimNode& silent = pair.world.add_node([](SimNode&) {});
  pair.world.links().block_both(1, 2);
  pair.world.network().add_host("both", {silent.ip(), pair.world.node(0).ip()});
  auto reached =
      *pair.world.run(env::connect_by_name(pair.world.node(1).env().network, "both:80", pair.world.loop().now() + 5s));
  ASSERT_TRUE(reached) << reached.error().message;
  EXPECT_EQ((*reached)->peer_address().text, pair.world.node(0).ip() + ":80");
}

}  // namespace
}  // namespace garage::sim
