#include "layout/stages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layout/testing/some_layouts.hpp"

namespace garage::layout {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::node;
using testing::small_history;
using testing::storage;
using ::testing::UnorderedElementsAre;

bool announce_of(History& history, const NodeId& self, Progress progress) {
  return announce(history, self, progress);
}

// A cluster of which one history is known to all, and in which node 3 gives way to node 4.
class StepToFour : public ::testing::Test {
 protected:
  StepToFour() : history(small_history(3, {1, 2, 3})) {
    EXPECT_TRUE(stage_role(history, node(4), storage(4096)));
    EXPECT_TRUE(stage_role(history, node(3), std::nullopt));
    EXPECT_TRUE(apply_staged(history, 2));
  }
  // The node enters all it may enter, and tells.
  void advance(unsigned number, uint64_t handed_over = 0) {
    tell(number, {.fenced_stage = enterable_stage(history), .handed_over = handed_over});
  }
  bool tell(unsigned number, Progress progress) { return announce(history, node(number), progress); }
  ReplicaSets sets() const { return replica_sets(history, enterable_stage(history), 5); }

  History history;
};

TEST_F(StepToFour, GoesThroughTheStages) {
  EXPECT_EQ(enterable_stage(history), 3u);
  EXPECT_THAT(sets().read, UnorderedElementsAre(node(1), node(2), node(3)));
  EXPECT_EQ(sets().write.size(), 1u);
  for (const unsigned number : {1, 2, 3}) advance(number);
  EXPECT_EQ(enterable_stage(history), 3u);
  EXPECT_THAT(waiting_for(history)->nodes, ElementsAre(node(4)));
  EXPECT_EQ(waiting_for(history)->step, Step::kSee);
  advance(4);

  EXPECT_EQ(enterable_stage(history), 4u);  // E2
  EXPECT_THAT(sets().read, UnorderedElementsAre(node(1), node(2), node(3)));
  ASSERT_EQ(sets().write.size(), 2u);
  EXPECT_THAT(sets().write[1], UnorderedElementsAre(node(1), node(2), node(4)));
  for (const unsigned number : {2, 3, 4}) advance(number);
  EXPECT_EQ(waiting_for(history)->step, Step::kAcknowledge);
  EXPECT_THAT(waiting_for(history)->nodes, ElementsAre(node(1)));
  advance(1);
  EXPECT_EQ(waiting_for(history)->step, Step::kHandOver);
  EXPECT_THAT(waiting_for(history)->nodes, ElementsAre(node(1), node(2), node(3)));  // 4 has nothing to hand over
  for (const unsigned number : {1, 2}) advance(number, 2);
  EXPECT_EQ(enterable_stage(history), 4u);
  advance(3, 2);

  EXPECT_EQ(enterable_stage(history), 5u);  // E3
  EXPECT_THAT(sets().read, UnorderedElementsAre(node(1), node(2), node(4)));
  EXPECT_EQ(sets().write.size(), 2u);
  for (const unsigned number : {1, 2, 3, 4}) advance(number);

  EXPECT_EQ(enterable_stage(history), 6u);  // E4
  EXPECT_EQ(history.settled, 2u);
  EXPECT_THAT(sets().read, UnorderedElementsAre(node(1), node(2), node(4)));
  EXPECT_EQ(sets().write.size(), 1u);
  EXPECT_FALSE(waiting_for(history));
  EXPECT_THAT(history.trackers, IsEmpty());
  // Who asks in an earlier stage still gets the sets of that stage, to be refused by the replicas.
  EXPECT_EQ(replica_sets(history, 4, 5).write.size(), 2u);
}

TEST_F(StepToFour, ANodeTellsOnlyOfStagesItHasFenced) {
  for (const unsigned number : {1, 2, 3, 4}) advance(number);
  ASSERT_EQ(enterable_stage(history), 4u);
  EXPECT_FALSE(announce_of(history, node(1), {.fenced_stage = 3}));
  EXPECT_FALSE(announce_of(history, node(1), {.fenced_stage = 3, .handed_over = 2}));
  EXPECT_TRUE(announce_of(history, node(1), {.fenced_stage = 4}));
  EXPECT_EQ(tracker_of(history, node(1)).ack, 2u);
  EXPECT_EQ(tracker_of(history, node(1)).sync, 1u);
  EXPECT_EQ(tracker_of(history, node(2)).ack, 1u);
}

TEST_F(StepToFour, ANodeBehindAnEarlierStepDoesNotSeeTheNext) {
  EXPECT_FALSE(announce_of(history, node(1), {.fenced_stage = 2}));
  EXPECT_TRUE(announce_of(history, node(1), {.fenced_stage = 3}));
}

TEST_F(StepToFour, GatewaysAndStrangersAreNotWaitedFor) {
  EXPECT_FALSE(announce_of(history, node(9), {.fenced_stage = 3}));
  ASSERT_TRUE(stage_role(history, node(5), Role{"dc1", std::nullopt, {}}));
  ASSERT_TRUE(apply_staged(history, 3));
  EXPECT_THAT(involved_nodes(history), ElementsAre(node(1), node(2), node(3), node(4)));
}

TEST_F(StepToFour, LaterVersionsWaitInARow) {
  ASSERT_TRUE(stage_role(history, node(5), storage(9999)));
  ASSERT_TRUE(apply_staged(history, 3));
  for (int round = 0; round < 4; ++round) {
    for (const unsigned number : {1, 2, 3, 4}) advance(number, 2);
  }
  EXPECT_EQ(history.settled, 2u);
  for (int round = 0; round < 4; ++round) {
    for (const unsigned number : {1, 2, 4, 5}) advance(number, 3);
  }
  EXPECT_EQ(history.settled, 3u);
}

TEST_F(StepToFour, OneRevokedOfThreeIsNotWaitedFor) {
  ASSERT_TRUE(revoke(history, {node(3)}));
  for (int round = 0; round < 4; ++round) {
    for (const unsigned number : {1, 2, 4}) advance(number, 2);
  }
  EXPECT_EQ(history.settled, 2u);
  // Its quorums stay those of the full set.
  EXPECT_EQ(replica_sets(history, 3, 5).write[0].size(), 3u);
}

TEST_F(StepToFour, TwoRevokedOfThreeStopTheChangeUntilLossIsAccepted) {
  ASSERT_TRUE(revoke(history, {node(3), node(2)}));
  for (int round = 0; round < 4; ++round) {
    for (const unsigned number : {1, 4}) advance(number, 2);
  }
  EXPECT_EQ(enterable_stage(history), 3u);
  EXPECT_TRUE(waiting_for(history)->too_many_revoked);
  EXPECT_THAT(waiting_for(history)->nodes, IsEmpty());
  accept_loss(history, 2);
  for (int round = 0; round < 4; ++round) {
    for (const unsigned number : {1, 4}) advance(number, 2);
  }
  EXPECT_EQ(history.settled, 2u);
  EXPECT_EQ(history.loss_accepted, 0u);
}

TEST_F(StepToFour, WhatARevokedNodeHasDoneCounts) {
  for (const unsigned number : {1, 2, 3, 4}) advance(number);
  for (const unsigned number : {1, 2, 3, 4}) advance(number, 2);
  for (const unsigned number : {1, 2, 3, 4}) advance(number, 2);
  // All four have come to E3 by now; two of them go, and the version settles all the same.
  ASSERT_TRUE(revoke(history, {node(1), node(2)}));
  EXPECT_EQ(history.settled, 2u);
}

TEST_F(StepToFour, BlocksAreWrittenToTheNewestAndReadFromAll) {
  EXPECT_THAT(block_sets(history, 3, 5).write, UnorderedElementsAre(node(1), node(2), node(3)));
  EXPECT_EQ(block_sets(history, 3, 5).read.size(), 3u);
  const BlockSets moving = block_sets(history, 4, 5);
  EXPECT_THAT(moving.write, UnorderedElementsAre(node(1), node(2), node(4)));
  EXPECT_EQ(moving.write_quorum, 2u);
  ASSERT_EQ(moving.read.size(), 4u);
  EXPECT_EQ(moving.read.back(), node(3));
  EXPECT_EQ(block_sets(history, 6, 5).read.back(), node(3));
}

TEST(Stages, OneNodeTakesOverByItself) {
  History history;
  ASSERT_TRUE(stage_role(history, node(1), storage(1 << 20)));
  ASSERT_TRUE(apply_staged(history, 1));
  EXPECT_THAT(replica_sets(history, enterable_stage(history), 0).read, IsEmpty());
  EXPECT_TRUE(announce_of(history, node(1), {}));
  EXPECT_EQ(history.settled, 1u);
  EXPECT_EQ(history.origin, history.find(1)->hash);
  EXPECT_THAT(replica_sets(history, enterable_stage(history), 2047).write, ElementsAre(ElementsAre(node(1))));
  // Other capacities move nothing, so there is nothing to wait for.
  ASSERT_TRUE(stage_role(history, node(1), storage(2 << 20)));
  ASSERT_TRUE(apply_staged(history, 2));
  EXPECT_TRUE(announce_of(history, node(1), {.fenced_stage = 3}));
  EXPECT_EQ(history.settled, 2u);
}

TEST(Stages, TheFirstVersionWaitsForAllItsNodes) {
  History history;
  history.replication_factor = 2;
  for (const unsigned number : {1, 2}) ASSERT_TRUE(stage_role(history, node(number), storage(1 << 20)));
  ASSERT_TRUE(apply_staged(history, 1));
  announce_of(history, node(1), {});
  EXPECT_EQ(history.settled, 0u);
  announce_of(history, node(2), {});
  announce_of(history, node(1), {});
  EXPECT_EQ(history.settled, 1u);
}

TEST(Stages, AQuorumAndTheNodesThatCountForItMeet) {
  // Replication factor 2: one of two is enough, as writes are on both. 5: three of five.
  for (const auto& [replication_factor, revoked, settles] :
       {std::tuple(2u, 1u, true), std::tuple(5u, 2u, true), std::tuple(5u, 3u, false)}) {
    std::vector<unsigned> nodes;
    for (unsigned i = 1; i <= replication_factor; ++i) nodes.push_back(i);
    History history = small_history(replication_factor, nodes);
    ASSERT_TRUE(stage_role(history, node(9), storage(4096)));
    ASSERT_TRUE(stage_role(history, node(1), std::nullopt));
    ASSERT_TRUE(apply_staged(history, 2));
    std::vector<NodeId> gone;
    for (unsigned i = 1; i <= revoked; ++i) gone.push_back(node(i));
    ASSERT_TRUE(revoke(history, gone));
    for (int round = 0; round < 4; ++round) {
      for (const NodeId& id : involved_nodes(history))
        announce_of(history, id, {.fenced_stage = enterable_stage(history), .handed_over = 2});
    }
    EXPECT_EQ(history.settled == 2, settles) << replication_factor << " " << revoked;
  }
}

TEST(Stages, PartitionsAreTheTopBits) {
  const std::string hash = "\xff\xe0\x00\x00rest", low = std::string("\x00\x1f\xff\xff", 4);
  EXPECT_EQ(partition_of_hash(hash, 2048), 2047u);
  EXPECT_EQ(partition_of_hash(low, 2048), 0u);
  EXPECT_EQ(partition_of_hash(hash, 256), 255u);
}

}  // namespace
}  // namespace garage::layout
