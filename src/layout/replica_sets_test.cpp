// Who is asked in the middle of a change, when some are gone for good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layout/stages.hpp"
#include "layout/testing/some_layouts.hpp"

namespace garage::layout {
namespace {

using ::testing::IsEmpty;
using testing::node;
using testing::small_history;
using testing::storage;
using ::testing::UnorderedElementsAre;

constexpr uint64_t kOldRead = 4, kNewRead = 5, kNewOnly = 6;

// The `leaving` of these gives way to node 9.
History change_of(std::vector<unsigned> nodes, unsigned leaving) {
  History history = small_history(static_cast<uint32_t>(nodes.size()), nodes);
  EXPECT_TRUE(stage_role(history, node(9), storage(4096)));
  EXPECT_TRUE(stage_role(history, node(leaving), std::nullopt));
  EXPECT_TRUE(apply_staged(history, 2));
  return history;
}

TEST(ReplicaSets, OneOfTwoThatIsGoneIsLeftOutOfTheMiddleOfAChange) {
  History history = change_of({1, 2}, 2);
  for (const uint64_t stage : {kOldRead, kNewRead}) EXPECT_EQ(replica_sets(history, stage, 0).write[0].size(), 2u);
  ASSERT_TRUE(revoke(history, {node(2)}));
  for (const uint64_t stage : {kOldRead, kNewRead}) {
    const ReplicaSets sets = replica_sets(history, stage, 0);
    ASSERT_EQ(sets.write.size(), 2u);
    EXPECT_THAT(sets.write[0], UnorderedElementsAre(node(1)));
    EXPECT_THAT(sets.write[1], UnorderedElementsAre(node(1), node(9)));
  }
  // Who reads one set before it writes reads it whole, and so are the stages that have one set.
  EXPECT_EQ(replica_sets(history, kOldRead, 0).read.size(), 2u);
  EXPECT_EQ(replica_sets(history, 3, 0).write[0].size(), 2u);
  EXPECT_EQ(replica_sets(history, kNewOnly, 0).write[0].size(), 2u);
}

TEST(ReplicaSets, ANewOneThatIsGoneIsLeftOutToo) {
  History history = change_of({1, 2}, 2);
  ASSERT_TRUE(revoke(history, {node(9)}));
  ReplicaSets sets = replica_sets(history, kOldRead, 0);
  EXPECT_THAT(sets.write[0], UnorderedElementsAre(node(1), node(2)));
  EXPECT_THAT(sets.write[1], UnorderedElementsAre(node(1)));
  // Never of both sets, or two quorums would not meet.
  ASSERT_TRUE(revoke(history, {node(2)}));
  sets = replica_sets(history, kOldRead, 0);
  EXPECT_THAT(sets.write[0], UnorderedElementsAre(node(1)));
  EXPECT_THAT(sets.write[1], UnorderedElementsAre(node(1), node(9)));
}

// Blocks are looked for at all who kept them once.
TEST(ReplicaSets, BlocksAreNotAskedOfWhoIsGoneForGood) {
  History history = change_of({1, 2}, 2);
  EXPECT_THAT(block_sets(history, kNewOnly, 0).read, UnorderedElementsAre(node(1), node(9), node(2)));
  ASSERT_TRUE(revoke(history, {node(2)}));
  EXPECT_THAT(block_sets(history, kNewOnly, 0).read, UnorderedElementsAre(node(1), node(9)));
  EXPECT_THAT(block_sets(history, kNewOnly, 0).write, UnorderedElementsAre(node(1), node(9)));
}

TEST(ReplicaSets, OneThatIsInBothIsLeftOutOfBoth) {
  History history = change_of({1, 2}, 2);
  ASSERT_TRUE(revoke(history, {node(1)}));
  const ReplicaSets sets = replica_sets(history, kOldRead, 0);
  EXPECT_THAT(sets.write[0], UnorderedElementsAre(node(2)));
  EXPECT_THAT(sets.write[1], UnorderedElementsAre(node(9)));
}

TEST(ReplicaSets, OfFourOneIsLeftOutAndOfThreeNone) {
  History of_four = change_of({1, 2, 3, 4}, 4);
  ASSERT_TRUE(revoke(of_four, {node(1), node(4)}));
  EXPECT_EQ(replica_sets(of_four, kOldRead, 0).write[0].size(), 3u);
  EXPECT_EQ(replica_sets(of_four, kOldRead, 0).write[1].size(), 4u);
  History of_three = change_of({1, 2, 3}, 3);
  ASSERT_TRUE(revoke(of_three, {node(3)}));
  EXPECT_EQ(replica_sets(of_three, kOldRead, 0).write[0].size(), 3u);
}

TEST(ReplicaSets, WhereLossIsAcceptedThoseThatAreLeftDecide) {
  History history = change_of({1, 2, 3}, 3);
  ASSERT_TRUE(revoke(history, {node(2), node(3)}));
  EXPECT_EQ(replica_sets(history, kOldRead, 0).write[0].size(), 3u);
  accept_loss(history, 2);
  const ReplicaSets sets = replica_sets(history, kOldRead, 0);
  EXPECT_THAT(sets.write[0], UnorderedElementsAre(node(1)));
  EXPECT_THAT(sets.write[1], UnorderedElementsAre(node(1), node(9)));
  // Of the old ones nobody may be left.
  ASSERT_TRUE(revoke(history, {node(1)}));
  ASSERT_EQ(replica_sets(history, kOldRead, 0).write.size(), 1u);
  EXPECT_THAT(replica_sets(history, kOldRead, 0).write[0], UnorderedElementsAre(node(9)));
  ASSERT_TRUE(revoke(history, {node(9)}));
  EXPECT_EQ(replica_sets(history, kOldRead, 0).write[0].size(), 3u);
}

// A node that was to get some partitions never came, and leaves in the version after.
TEST(ReplicaSets, WhatAllNewNodesOfNeverCameForStaysWhereItIs) {
  History history = small_history(1, {1, 2});
  ASSERT_TRUE(stage_role(history, node(9), storage(4096)));
  ASSERT_TRUE(apply_staged(history, 2));
  ASSERT_TRUE(stage_role(history, node(9), std::nullopt));
  ASSERT_TRUE(apply_staged(history, 3));
  ASSERT_TRUE(revoke(history, {node(9)}));
  accept_loss(history, 3);
  const auto set_of = [&history](uint64_t version, uint32_t partition) {
    return history.find(version)->layout->assignment.replicas_of(partition);
  };
  uint32_t partition = 0;
  while (set_of(2, partition) != ReplicaSet{node(9)}) ++partition;
  const ReplicaSet keeper = set_of(1, partition);
  for (const uint64_t stage : {kOldRead, kNewRead, kNewOnly}) {
    EXPECT_EQ(replica_sets(history, stage, partition).read, keeper) << stage;
    EXPECT_EQ(replica_sets(history, stage, partition).write, std::vector<ReplicaSet>{keeper}) << stage;
    EXPECT_EQ(block_sets(history, stage, partition).write, keeper) << stage;
  }
  // All that live come along, and it is handed over in the step after.
  for (int look = 0; look < 20; ++look) {
    for (const unsigned number : {1u, 2u}) {
      Progress progress{.fenced_stage = enterable_stage(history), .handed_over = history.settled + 1};
      announce(history, node(number), progress);
      const ReplicaSets sets = replica_sets(history, enterable_stage(history), partition);
      for (const ReplicaSet& set : sets.write) EXPECT_NE(set, ReplicaSet{node(9)});
      EXPECT_NE(sets.read, ReplicaSet{node(9)});
    }
  }
  EXPECT_EQ(history.settled, 3u);
  EXPECT_EQ(replica_sets(history, enterable_stage(history), partition).read, set_of(3, partition));
}

// Who came along and was lost later had all there was.
TEST(ReplicaSets, WhatWasLostLaterIsNotTakenFromWhoKeptItOnce) {
  History history = small_history(1, {1, 2});
  ASSERT_TRUE(stage_role(history, node(9), storage(4096)));
  ASSERT_TRUE(apply_staged(history, 2));
  history.settled = 2;
  ASSERT_TRUE(stage_role(history, node(9), std::nullopt));
  ASSERT_TRUE(apply_staged(history, 3));
  ASSERT_TRUE(revoke(history, {node(9)}));
  accept_loss(history, 3);
  for (uint32_t partition = 0; partition < 16; ++partition) {
    const auto& settled = history.find(2)->layout->assignment;
    EXPECT_EQ(replica_sets(history, kNewOnly, partition).read, settled.replicas_of(partition));
  }
}

}  // namespace
}  // namespace garage::layout
