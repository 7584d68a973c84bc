// What people may look at, and what they may start.
#include "block/repair.hpp"

#include <gtest/gtest.h>

#include "block/lookup.hpp"
#include "block/testing/members.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct RepairTest : MembersTest<ThreeCopies> {
  RepairTest() : MembersTest(3, ThreeCopies(3)) {}
  Repair repair_of(size_t index) {
    Member& member = *members[index];
    return {member.node.env(), member.machine.store, member.node.commits, *member.node.blocks};
  }
};

TEST_F(RepairTest, EveryOwnerIsAskedAfterAgain) {
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  EXPECT_EQ(members[0]->queued(kLeaseQueue), 1u);
  Repair repair = repair_of(0);
  EXPECT_EQ(run(repair.ask_after_all_owners()).value(), 2u);
  EXPECT_GE(members[0]->queued(kLeaseQueue), 2u);
}

TEST_F(RepairTest, BlocksThatNobodyReferencesGo) {
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  kv::Batch batch;
  batch.remove(kv::Family::kBlockRef, reference_key(hash_of(one), owner(1)));
  ASSERT_OK(members[0]->machine.store.write(batch, kv::Durability::kSynced));
  Repair repair = repair_of(0);
  EXPECT_EQ(run(repair.forget_unreferenced()).value(), 1u);
  EXPECT_FALSE(members[0]->has(one));
  EXPECT_TRUE(members[0]->has(two));
  EXPECT_EQ(run(repair.forget_unreferenced()).value(), 0u);
}

TEST_F(RepairTest, BlocksAreFoundByTheBeginningOfTheirHash) {
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  auto& store = members[0]->machine.store;
  const std::string hex = hash_of(one).hex();
  for (const size_t digits : {4u, 7u, 64u}) {
    EXPECT_EQ(find_blocks(store, hex.substr(0, digits), 2).value(), std::vector<BlockHash>{hash_of(one)}) << digits;
  }
  EXPECT_EQ(find_blocks(store, "", 2)->size(), 2u);
  EXPECT_EQ(find_blocks(store, "xyz", 2).error().kind, ErrorKind::kInvalid);
  const auto references = references_of(store, hash_of(one), 10).value();
  ASSERT_EQ(references.size(), 1u);
  EXPECT_EQ(references[0].owner, owner(1));
  EXPECT_EQ(references[0].reference.backlink, "row");
}

TEST_F(RepairTest, WhatFailedIsShownAndTriedAgainWhenAsked) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  kv::Batch batch;
  batch.remove(kv::Family::kBlockIndex, std::string(hash_of(one).view()));
  ASSERT_OK(members[0]->machine.store.write(batch, kv::Durability::kSynced));
  Resync& resync = *members[0]->resync;
  up(1, false);
  up(2, false);
  resync.want(hash_of(one));
  EXPECT_EQ(run(resync.run_once()).value(), 0u);
  const auto troubles = run(resync.troubles(10)).value();
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_EQ(troubles[0].hash, hash_of(one));
  EXPECT_EQ(troubles[0].attempts, 1u);
  EXPECT_EQ(troubles[0].tried_ms, clock.unix_ms);
  EXPECT_GT(troubles[0].due_ms, clock.unix_ms);
  EXPECT_EQ(resync.notes().status().errors, 1u);
  up(1, true);
  EXPECT_EQ(run(resync.run_once()).value(), 0u) << "not due";
  EXPECT_EQ(run(resync.retry_now(std::vector{hash_of(two)})).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(run(resync.retry_now(std::nullopt)).value(), 1u);
  EXPECT_EQ(run(resync.run_once()).value(), 1u);
  EXPECT_TRUE(members[0]->has(one));
  resync.want(hash_of(two));
  ASSERT_OK(run(resync.write_wanted()));
  EXPECT_EQ(run(resync.clear()).value(), 1u);
  EXPECT_EQ(members[0]->queued(kFetchQueue), 0u);
}

}  // namespace
}  // namespace garage::block
