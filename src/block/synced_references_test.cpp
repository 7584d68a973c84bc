// References are made equal by digests: what a node missed comes, is asked after, and its bytes are fetched.
#include "block/synced_references.hpp"

#include <gtest/gtest.h>

#include "block/testing/members.hpp"
#include "runtime/inline_pool.hpp"
#include "table/operations.hpp"
#include "table/table_sync.hpp"

namespace garage::block {
namespace {

using namespace testing;

class AllThree final : public table::Placement {
 public:
  table::ReplicaSets sets_for(std::string_view) override { return sets; }
  uint64_t stage_of(std::string_view) override { return sets.stage; }
  table::ReplicaSets sets_of_partition(uint16_t) override { return sets; }
  table::ReplicaSets sets{1, {node_id(0), node_id(1), node_id(2)}, {{node_id(0), node_id(1), node_id(2)}}};
};

struct SyncedReferencesTest : MembersTest<ThreeCopies> {
  struct Sync {
    Sync(Member& member_, table::Placement& placement)
        : member(member_),
          rows(*member.holder, *member.replicas),
          keeper(member.machine.store, member.node.commits),
          digests(member.machine.store, pool, keeper),
          sync(member.id, member.caller, keeper, digests) {
      keeper.add(rows);
      digests.add(rows);
      sync.add(rows, placement);
      member.node.blocks->keep_digests(keeper);
    }
    Member& member;
    runtime::InlinePool pool;
    SyncedReferences rows;
    table::DigestKeeper keeper;
    table::DigestReplica digests;
    table::TableSync sync;
  };

  SyncedReferencesTest() : MembersTest(3, ThreeCopies(3)) {
    for (auto& member : members) {
      syncs.push_back(std::make_unique<Sync>(*member, rows_placement));
      board.ports[member->id].answer = [member = member.get(), sync = syncs.back().get()](
                                           std::string operation, std::string payload) -> Task<Result<std::string>> {
        if (operation == table::kDigestOperation) return sync->digests.answer(std::move(payload));
        return member->service->answer(std::move(operation), std::move(payload));
      };
    }
  }
  void switch_on() {
    for (auto& sync : syncs) ASSERT_OK(run(sync->keeper.switch_on()));
  }
  // While nothing is there yet.
  void switch_on_and_count() {
    switch_on();
    for (auto& sync : syncs) ASSERT_TRUE(run(sync->keeper.count_some(kv::Family::kBlockRef)).value());
  }
  static Task<bool> round_of(table::TableSync& sync) {
    co_await sync.run_once();
    co_return true;
  }
  void round(size_t index) { run(round_of(syncs[index]->sync)); }
  void expect_equal() {
    for (auto& sync : syncs) {
      const auto before = sync->sync.stats().partitions_different;
      run(round_of(sync->sync));
      EXPECT_EQ(sync->sync.stats().partitions_different, before);
    }
  }

  AllThree rows_placement;
  std::vector<std::unique_ptr<Sync>> syncs;
};

TEST_F(SyncedReferencesTest, DigestsFollowWhatComesAndGoes) {
  switch_on_and_count();
  ASSERT_OK(upload(0, owner(1), {one, two, one}));
  ASSERT_OK(upload(1, owner(2), {one}));
  settle();
  expect_equal();
  ASSERT_OK(run(members[2]->replicas->drop(owner(1), {hash_of(one), hash_of(two)}, Ord::highest())));
  settle();
  expect_equal();
  ASSERT_OK(run(members[2]->replicas->drop(owner(2), {hash_of(one)}, Ord::highest())));
  settle();
  expect_equal();
  for (auto& member : members) {
    size_t cells = 0;
    auto rows = member->machine.store.iterate(kv::Family::kDigest, {});
    for (rows->seek(""); rows->valid(); rows->next()) ++cells;
    EXPECT_EQ(cells, 1u) << "only the mark that all are counted is left";
  }
}

TEST_F(SyncedReferencesTest, ANodeThatWasAwayConverges) {
  switch_on_and_count();
  up(2, false);
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  up(2, true);  // and nobody's hints reach it
  EXPECT_FALSE(members[2]->refers(one, owner(1)));
  round(2);
  EXPECT_EQ(syncs[2]->sync.stats().rows_pulled, 2u);
  EXPECT_EQ(syncs[2]->sync.stats().failures, 0u);
  EXPECT_TRUE(members[2]->refers(one, owner(1)) && members[2]->refers(two, owner(1)));
  EXPECT_GE(members[2]->queued(kLeaseQueue), 1u) << "the owner is asked after";
  EXPECT_OK(run(members[2]->resync->run_once()));
  EXPECT_TRUE(members[2]->has(one) && members[2]->has(two));
  expect_equal();
}

TEST_F(SyncedReferencesTest, WhoLostItsReferencesIsToldOfThem) {
  switch_on_and_count();
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  ASSERT_OK(run(members[1]->holder->drop({owner(1), Ord::highest(), {hash_of(one), hash_of(two)}})));
  EXPECT_FALSE(members[1]->has(one));
  round(0);
  EXPECT_EQ(syncs[0]->sync.stats().rows_pushed, 2u);
  EXPECT_OK(run(members[1]->resync->run_once()));
  EXPECT_TRUE(members[1]->has(one) && members[1]->has(two));
  expect_equal();
}

TEST_F(SyncedReferencesTest, ReferencesFromBeforeAreCountedInTheBackground) {
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  ASSERT_OK(run(members[1]->holder->drop({owner(1), Ord::highest(), {hash_of(one)}})));
  switch_on();
  for (size_t i = 0; i < 3; ++i) round(i);  // the first ones wait until the others have counted
  round(0);
  EXPECT_TRUE(members[1]->refers(one, owner(1)));
  EXPECT_OK(run(members[1]->resync->run_once()));
  expect_equal();
}

}  // namespace
}  // namespace garage::block
