// Peer links in the simulated world: delays, short reads, lost connections, and nodes that die in the middle of
// everything.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "net/server.hpp"
#include "runtime/sleep.hpp"
#include "sim/world.hpp"

namespace garage::net {
namespace {

const Secret kSecret("a secret");

NodeKey server_key() {
  return *NodeKey::from_seed(Secret(std::string(32, 's')));
}

// Answers the payload after a while, so that accidents find requests in progress.
class SlowEcho : public RequestHandler {
 public:
  Task<Result<std::string>> handle(std::string, std::string payload, const PeerInfo&) override {
    co_await runtime::sleep_for(20ms);
    co_return payload;
  }
};

void boot_server(sim::SimNode& node) {
  auto& handler = node.own(std::make_unique<SlowEcho>());
  auto& env = node.own(std::make_unique<env::Env>(node.env()));
  auto& server = node.own(std::make_unique<Server>(env, server_key(), kSecret, HelloFacts{}, handler));
  EXPECT_TRUE(server.listen({node.ip() + ":3901"}));
}

struct Tally {
  int right = 0;
  int wrong = 0;
  int failed = 0;
};

Task<void> ask_again_and_again(env::Env& env, env::Address address, int rounds, Tally& tally) {
  for (int round = 0; round < rounds; ++round) {
    const auto deadline = [] { return runtime::Loop::current()->now() + 5s; };
    auto connection = co_await connect_as_client(env, address, server_key().id, kSecret, deadline());
    if (!connection) {
      ++tally.failed;
      co_await runtime::sleep_for(100ms);
      continue;
    }
    for (size_t size = 1; size < 300'000; size *= 20) {
      const std::string payload(size, static_cast<char>('a' + round % 26));
      const auto answer = co_await (*connection)->call("Echo", payload, deadline());
      if (!answer) {
        ++tally.failed;
      } else {
        ++(*answer == payload ? tally.right : tally.wrong);
      }
    }
    co_await (*connection)->close();
  }
}

// A server and two askers for a minute, with `accident` every now and then.
Tally live(uint64_t seed, const sim::FaultOptions& faults, void (*accident)(sim::World&)) {
  auto tally = std::make_unique<Tally>();
  sim::World world(seed, faults);
  sim::SimNode& server = world.add_node(boot_server);
  const env::Address address{server.ip() + ":3901"};
  for (int i = 0; i < 2; ++i) {
    world.add_node([&tally, address](sim::SimNode& node) {
      auto& env = node.own(std::make_unique<env::Env>(node.env()));
      node.spawn(ask_again_and_again(env, address, 20, *tally));
    });
  }
  for (int second = 0; second < 60; ++second) {
    world.run_for(1s);
    accident(world);
  }
  return *tally;
}

TEST(PeerLinksInTheSimulator, AnswerInACalmWorld) {
  const Tally tally = live(1, {}, [](sim::World&) {});
  EXPECT_EQ(tally.right, 2 * 20 * 5);
  EXPECT_EQ(tally.wrong + tally.failed, 0);
}

TEST(PeerLinksInTheSimulator, NeverAnswerWronglyInARoughOne) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    sim::FaultOptions faults;
    faults.network.short_read_probability = 0.3;
    faults.network.segment_reset_probability = 0.005;
    faults.network.connect_failure_probability = 0.1;
    const Tally tally = live(seed, faults, [](sim::World& world) {
      sim::SimNode& server = world.node(0);
      if (world.random().below(4) != 0) return;
      if (server.alive()) {
        server.kill();
      } else {
        server.restart();
      }
    });
    EXPECT_EQ(tally.wrong, 0) << seed;
    EXPECT_GT(tally.right, 0) << seed;
    EXPECT_GT(tally.failed, 0) << seed;
  }
}

}  // namespace
}  // namespace garage::net
