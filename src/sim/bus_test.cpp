#include "sim/bus.hpp"

#include <gtest/gtest.h>

#include "runtime/sleep.hpp"
#include "sim/world.hpp"

namespace garage::sim {
namespace {

Task<Result<std::string>> echo(SimNode* node, int* served, std::string text) {
  ++*served;
  co_await runtime::sleep_for(1ms);
  co_return std::to_string(node->index()) + ":" + text;
}

Task<Result<std::string>> refuse(std::string) {
  co_return fail(ErrorKind::kConflict, "no");
}

struct Nodes {
  explicit Nodes(FaultOptions faults = {}) : world(11, faults) {
    for (int i = 0; i < 3; ++i) {
      world.add_node([this](SimNode& node) {
        node.serve([this, &node](std::string text) { return echo(&node, &served, std::move(text)); });
      });
    }
    world.run_for(1ms);
  }
  Result<std::string> call(NodeIndex from, NodeIndex to, Duration patience = 1s) {
    return *world.run(world.bus().call(from, to, "hi", world.loop().now() + patience));
  }
  World world;
  int served = 0;
};

TEST(Bus, ARequestIsAnswered) {
  Nodes nodes;
  EXPECT_EQ(*nodes.call(0, 2), "2:hi");
  EXPECT_EQ(*nodes.call(1, 1), "1:hi");
  EXPECT_EQ(*nodes.call(kOutside, 0), "0:hi");
}

TEST(Bus, AnErrorOfTheHandlerIsTheAnswer) {
  Nodes nodes;
  nodes.world.node(1).serve(refuse);
  EXPECT_EQ(nodes.call(0, 1).error().kind, ErrorKind::kConflict);
}

TEST(Bus, SilenceEndsAtTheDeadline) {
  Nodes nodes;
  nodes.world.node(2).kill();
  const Duration start = nodes.world.now();
  EXPECT_EQ(nodes.call(0, 2, 3s).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(nodes.world.now() - start, 3s);
  nodes.world.node(2).restart();
  nodes.world.run_for(1ms);
  EXPECT_EQ(*nodes.call(0, 2), "2:hi");
}

TEST(Bus, OneWayPartitionLosesTheAnswerNotTheRequest) {
  Nodes nodes;
  nodes.world.links().block(1, 0);
  EXPECT_EQ(nodes.call(0, 1).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(nodes.served, 1);
  EXPECT_EQ(nodes.call(1, 0).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(nodes.served, 1);
  EXPECT_TRUE(nodes.call(1, 2));
  nodes.world.links().heal();
  EXPECT_TRUE(nodes.call(0, 1));
}

TEST(Bus, AnIsolatedGroupTalksInside) {
  Nodes nodes;
  nodes.world.links().isolate({0, 1}, nodes.world.node_count());
  EXPECT_TRUE(nodes.call(0, 1));
  EXPECT_FALSE(nodes.call(0, 2));
  EXPECT_FALSE(nodes.call(2, 1));
}

TEST(Bus, DuplicatesAreHandledTwiceAndAnsweredOnce) {
  FaultOptions faults;
  faults.network.message_duplication_probability = 1;
  Nodes nodes(faults);
  EXPECT_TRUE(nodes.call(0, 1));
  nodes.world.run_for(1s);
  EXPECT_EQ(nodes.served, 2);
}

TEST(Bus, LostMessagesTimeOut) {
  FaultOptions faults;
  faults.network.message_loss_probability = 0.3;
  Nodes nodes(faults);
  int answered = 0;
  for (int i = 0; i < 200; ++i) answered += nodes.call(0, 1).has_value();
  EXPECT_GT(answered, 60);
  EXPECT_LT(answered, 140);
  EXPECT_GT(nodes.served, answered);
}

TEST(Bus, MessagesOvertakeEachOther) {
  Nodes nodes;
  std::string order;
  for (char c = 'a'; c <= 'z'; ++c) nodes.world.bus().send(0, 1, [&order, c] { order += c; });
  nodes.world.run_for(1s);
  EXPECT_EQ(order.size(), 26u);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(Bus, AnAnswerForADeadCallerIsDropped) {
  Nodes nodes;
  bool answered = false;
  SimNode& caller = nodes.world.node(0);
  const auto ask = [](Nodes* all, bool* done) -> Task<void> {
    (void)co_await all->world.bus().call(0, 1, "hi", all->world.node(0).loop().now() + 1s);
    *done = true;
  };
  caller.spawn(ask(&nodes, &answered));
  nodes.world.run_until([&] { return nodes.served == 1; }, 1s);
  caller.kill();
  caller.restart();
  nodes.world.run_for(10s);
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace garage::sim
