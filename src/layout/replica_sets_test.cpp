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
  // Of the old ones nobody may be left. Without a new one there is nobody to go on with.
  ASSERT_TRUE(revoke(history, {node(1)}));
  ASSERT_EQ(replica_sets(history, kOldRead, 0).write.size(), 1u);
  EXPECT_THAT(replica_sets(history, kOldRead, 0).write[0], UnorderedElementsAre(node(9)));
  ASSERT_TRUE(revoke(history, {node(9)}));
  EXPECT_EQ(replica_sets(history, kOldRead, 0).write[0].size(), 3u);
}

}  // namespace
}  // namespace garage::layout
