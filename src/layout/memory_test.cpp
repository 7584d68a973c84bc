// A node whose metadata is gone finds that out from what others know of it; a node that was only away does not.
#include "layout/memory.hpp"

#include <gtest/gtest.h>

#include "layout/stages.hpp"
#include "layout/testing/some_layouts.hpp"

namespace garage::layout {
namespace {

using testing::node;
using testing::small_history;
using testing::storage;

// Node 3 gives way to node 4; all know one history.
class Memory : public ::testing::Test {
 protected:
  Memory() : before(small_history(3, {1, 2, 3})), history(before) {
    EXPECT_TRUE(stage_role(history, node(4), storage(4096)));
    EXPECT_TRUE(stage_role(history, node(3), std::nullopt));
    EXPECT_TRUE(apply_staged(history, 2));
    empty.replication_factor = 3;
  }
  void advance(unsigned number) {
    Progress progress{.fenced_stage = enterable_stage(history), .handed_over = 2};
    announce(history, node(number), progress);
  }
  void advance_all() {
    for (const unsigned number : {1, 2, 3, 4}) advance(number);
  }

  const History before;  // what a node knows that was away, or a copy made then
  History history;
  History empty;
};

TEST_F(Memory, WithoutMetadataANodeThatKeptDataHasForgotten) {
  EXPECT_TRUE(has_forgotten(empty, before, node(2)));
  EXPECT_TRUE(took_part(before, node(2)));
  EXPECT_FALSE(has_forgotten(empty, before, node(4)));
  EXPECT_FALSE(took_part(before, node(4)));
}

TEST_F(Memory, ANewNodeIsWelcomeThoughItsRoleWasAppliedBeforeItCame) {
  EXPECT_FALSE(has_forgotten(empty, history, node(4)));
  for (const unsigned number : {1, 2, 3}) advance(number);
  EXPECT_FALSE(has_forgotten(empty, history, node(4)));
}

TEST_F(Memory, WhatItSaidInAChangeThatGoesOnCountsAtEveryStep) {
  for (int step = 0; step < 3; ++step) {
    advance(4);
    EXPECT_TRUE(has_forgotten(empty, history, node(4))) << step;
    EXPECT_TRUE(has_forgotten(before, history, node(4))) << step;
    EXPECT_FALSE(has_forgotten(history, history, node(4))) << step;
    for (const unsigned number : {1, 2, 3}) advance(number);
  }
}

TEST_F(Memory, WhoWasAwayHasForgottenNothing) {
  // It holds the change up, and is waited for.
  for (const unsigned number : {1, 3, 4}) advance(number);
  EXPECT_FALSE(has_forgotten(before, history, node(2)));
  advance_all();
  const History heard = history;
  advance_all();
  EXPECT_FALSE(has_forgotten(history, heard, node(2)));
}

TEST_F(Memory, AnOlderCopyIsFoundOutOnceAVersionWasSettledMeanwhile) {
  for (int step = 0; step < 4; ++step) advance_all();
  ASSERT_EQ(history.settled, 2u);
  EXPECT_TRUE(has_forgotten(before, history, node(2)));
  EXPECT_TRUE(has_forgotten(empty, history, node(4)));
  // It has handed over and left: whatever it forgot, nobody asks it any more.
  EXPECT_FALSE(has_forgotten(before, history, node(3)));
  EXPECT_FALSE(has_forgotten(empty, history, node(3)));
}

TEST_F(Memory, OfARevokedNodeThereIsNothingToFindOut) {
  ASSERT_TRUE(revoke(history, {node(2)}));
  EXPECT_FALSE(has_forgotten(empty, history, node(2)));
}

}  // namespace
}  // namespace garage::layout
