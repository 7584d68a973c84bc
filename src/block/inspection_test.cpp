// What belongs here and is missing is fetched; what belongs to others is handed over, and never let go of before all of
// them have it.
#include "block/inspection.hpp"

#include <gtest/gtest.h>

#include "block/testing/members.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct InspectionTest : MembersTest<SetByHand> {
  explicit InspectionTest(bool relaxed = false) : MembersTest(4, {}, relaxed) {}

  InspectionReport inspect(size_t index) { return run(members[index]->inspection->run_once()).value(); }
  void fetch(size_t index) { EXPECT_OK(run(members[index]->resync->run_once())); }
  bool holds(size_t index, const std::string& bytes) {
    return members[index]->has(bytes) && members[index]->refers(bytes, owner(1));
  }
  uint64_t live_bytes(size_t index) { return members[index]->node.blocks->stats().live_bytes; }
};

TEST_F(InspectionTest, WhatIsMissingHereIsFetched) {
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  kv::Batch batch;
  batch.remove(kv::Family::kBlockIndex, std::string(hash_of(one).view()));
  ASSERT_OK(members[0]->machine.store.write(batch, kv::Durability::kSynced));
  const InspectionReport report = inspect(0);
  EXPECT_EQ(report.references, 2u);
  EXPECT_EQ(report.blocks_missing, 1u);
  EXPECT_EQ(members[0]->queued(kFetchQueue), 1u);
  fetch(0);
  EXPECT_TRUE(holds(0, one));
  EXPECT_EQ(inspect(0).blocks_missing, 0u);
}

TEST_F(InspectionTest, AnUploadThatStraddlesALayoutChangeReachesTheNewHolder) {
  placement.sets = SetByHand::of({0}, {});
  auto outgoing = members[0]->replicas->begin(owner(1), "row", {});
  ASSERT_OK(run(outgoing->put(hash_of(one), Buffer(one))));
  placement.sets = SetByHand::of({1}, {0});
  EXPECT_EQ(inspect(0).kept, 0u) << "nothing refers to the block yet";
  ASSERT_OK(run(outgoing->commit()));
  outgoing.reset();
  settle();
  ASSERT_OK(run(members[0]->hints->replay_once()));
  EXPECT_TRUE(members[1]->refers(one, owner(1)));
  fetch(1);
  EXPECT_TRUE(holds(1, one));
}

TEST_F(InspectionTest, ABlockKnownToBeDamagedIsNoneToWhoLetsGo) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  placement.sets = SetByHand::of({1, 2, 3}, {0});
  inspect(0);
  fetch(3);
  // A flipped bit, noticed by a read.
  const BlockPlace place = members[3]->node.place(hash_of(one));
  ASSERT_OK(members[3]->machine.disk.flip_bits(members[3]->node.path(place), place.offset + 5000, 1, 1));
  EXPECT_FALSE(members[3]->node.read(hash_of(one)));
  EXPECT_EQ(inspect(0).let_go, 0u);
  EXPECT_TRUE(holds(0, one));
}

TEST_F(InspectionTest, ANodeLetsGoOnceAllOthersHoldIt) {
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  EXPECT_GT(live_bytes(0), 50'000u);
  placement.sets = SetByHand::of({1, 2, 3}, {0});
  InspectionReport report = inspect(0);
  EXPECT_EQ(report.let_go, 0u);
  EXPECT_EQ(report.kept, 2u);
  EXPECT_TRUE(members[3]->refers(one, owner(1)));
  EXPECT_FALSE(members[3]->has(one)) << "it was told, and fetches by itself";
  EXPECT_EQ(inspect(0).let_go, 0u) << "a reference without its bytes does not count";
  fetch(3);
  report = inspect(0);
  EXPECT_EQ(report.let_go, 2u);
  EXPECT_EQ(report.kept, 0u);
  EXPECT_FALSE(members[0]->has(one) || members[0]->refers(one, owner(1)));
  settle();
  EXPECT_EQ(live_bytes(0), 0u);
  for (size_t index : {1u, 2u, 3u}) EXPECT_TRUE(holds(index, one) && holds(index, two));
  EXPECT_EQ(read(0, one).value(), one) << "from the others";
}

struct RelaxedInspectionTest : InspectionTest {
  RelaxedInspectionTest() : InspectionTest(true) {}
};

TEST_F(RelaxedInspectionTest, WhatWasLetGoOfSurvivesAPowerCutOfTheNewHolder) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  placement.sets = SetByHand::of({1, 2, 3}, {0});
  inspect(0);
  fetch(3);
  EXPECT_EQ(inspect(0).let_go, 1u);
  EXPECT_FALSE(holds(0, one));
  auto& machine = members[3]->machine;
  machine.power_cut(sim::CutMode::kDropAll);
  EXPECT_TRUE(members[3]->refers(one, owner(1)));
  TestNode again(machine);
  again.must_open();
  EXPECT_TRUE(again.read(hash_of(one)) == one);
  again.shut_down();
}

TEST_F(InspectionTest, NothingGoesWhileAnOwnerIsAwayOrTheChangeIsUnderWay) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  placement.sets = SetByHand::of({1, 2, 3}, {0});
  inspect(0);
  fetch(3);
  up(1, false);
  EXPECT_EQ(inspect(0).let_go, 0u) << "two copies are less than three";
  up(1, true);
  placement.is_settled = false;
  EXPECT_EQ(inspect(0).kept, 1u);
  EXPECT_TRUE(holds(0, one));
  placement.is_settled = true;
  EXPECT_EQ(inspect(0).let_go, 1u);
}

TEST_F(InspectionTest, AnOwnerWhoseIndexLiesIsNotBelieved) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  kv::Batch batch;  // the second node has lost its bytes, and knows
  batch.remove(kv::Family::kBlockIndex, std::string(hash_of(one).view()));
  ASSERT_OK(members[1]->machine.store.write(batch, kv::Durability::kSynced));
  placement.sets = SetByHand::of({1, 2, 3}, {0});
  inspect(0);
  fetch(3);
  EXPECT_EQ(inspect(0).let_go, 0u);
  EXPECT_EQ(inspect(1).blocks_missing, 1u);
  fetch(1);
  EXPECT_EQ(inspect(0).let_go, 1u);
}

TEST_F(InspectionTest, ANodeThatIsAskedByNobodyBringsTheBytesItself) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  placement.sets = SetByHand::of({3}, {});
  EXPECT_EQ(inspect(0).let_go, 0u);
  EXPECT_TRUE(holds(3, one));
  EXPECT_EQ(inspect(0).let_go, 1u);
  EXPECT_EQ(inspect(1).let_go, 1u);
}

TEST_F(InspectionTest, AReferenceThatAnOwnerKeepsLosingIsAskedAfter) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  placement.sets = SetByHand::of({1, 2, 3}, {0});
  const size_t leases = members[0]->queued(kLeaseQueue);
  kv::Batch batch;  // its lease was over long ago
  auto rows = members[0]->machine.store.iterate(kv::Family::kQueue, {});
  for (rows->seek(kLeaseQueue); rows->valid() && rows->key().starts_with(kLeaseQueue); rows->next())
    batch.remove(kv::Family::kQueue, std::string(rows->key()));
  ASSERT_OK(members[0]->machine.store.write(batch, kv::Durability::kSynced));
  EXPECT_EQ(leases, 1u);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(members[0]->queued(kLeaseQueue), 0u);
    inspect(0);
    ASSERT_OK(members[3]->node.drop({one}, owner(1)));
  }
  EXPECT_EQ(members[0]->queued(kLeaseQueue), 1u);
  // The verdict reaches a former holder that judges for itself.
  ASSERT_OK(run(members[0]->replicas->drop(owner(1), {hash_of(one)}, Ord::highest())));
  settle();
  for (auto& member : members) EXPECT_FALSE(member->refers(one, owner(1)) || member->has(one));
}

}  // namespace
}  // namespace garage::block
