// The queue of what should be here and is not: how it is gone through, and what a failure leaves of it.
#include "block/resync.hpp"

#include <gtest/gtest.h>

#include "block/testing/counting_store.hpp"
#include "block/testing/members.hpp"
#include "block/upkeep.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct ResyncTest : MembersTest<ThreeCopies> {
  ResyncTest() : MembersTest(3, ThreeCopies(3)), store(members[0]->machine.store) {
    Member& member = *members[0];
    const env::Env own = member.node.env();
    const env::Env env{clock, own.random, own.disk, own.network, own.loops, own.pools};
    resync = std::make_unique<Resync>(member.id, env, store, member.node.commits, *member.holder, *member.replicas,
                                      placement);
  }
  ~ResyncTest() override { resync.reset(); }

  // Entries of blocks that nobody needs here, evenly over the queue.
  void fill(size_t count, FetchRow row = {}) {
    kv::Batch batch;
    for (size_t i = 0; i < count; ++i) batch.put(kv::Family::kQueue, key(i), encode_fetch(key(i), row));
    ASSERT_OK(store.write(batch, kv::Durability::kSynced));
  }
  static std::string key(size_t i) { return fetch_key(hash_of(std::to_string(i))); }
  // The first node needs both, and has them not.
  void lose_both() {
    ASSERT_OK(upload(0, owner(1), {one, two}));
    settle();
    kv::Batch batch;
    for (const auto& bytes : {one, two}) {
      batch.remove(kv::Family::kBlockIndex, std::string(hash_of(bytes).view()));
      resync->want(hash_of(bytes));
    }
    ASSERT_OK(store.write(batch, kv::Durability::kSynced));
  }
  void delay(Duration by) {
    for (size_t i : {1u, 2u}) board.ports[node_id(i)].delay = by;
  }
  size_t queued() { return members[0]->queued(kFetchQueue); }
  size_t round() { return run(resync->run_once()).value(); }

  // Of both, while what it asks for is on its way.
  void clear_during_a_round() {
    lose_both();
    delay(10s);
    members[0]->node.start(resync->run_once(), under_way);
    EXPECT_EQ(run(resync->clear()).value(), 2u);
  }

  CountingStore store;
  std::unique_ptr<Resync> resync;
  std::optional<Result<size_t>> under_way;
};

TEST_F(ResyncTest, ARoundGoesOnWhereTheOneBeforeEnded) {
  fill(10'000);
  const size_t one_round = round();
  ASSERT_GT(one_round, 0u);
  EXPECT_EQ(resync->stats().queue_length, 10'000 - one_round);
  store.steps = 0;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(round(), one_round);
  EXPECT_LT(store.steps, 4 * (2 * one_round + 10)) << "a step along the queue for each, and one along its references";
  EXPECT_EQ(resync->stats().queue_length, 10'000 - 5 * one_round);

  const BlockHash lowest{};
  kv::Batch behind;
  behind.put(kv::Family::kQueue, fetch_key(lowest), encode_fetch(fetch_key(lowest), {}));
  ASSERT_OK(store.write(behind, kv::Durability::kSynced));
  EXPECT_EQ(round(), one_round);
  EXPECT_TRUE(store.get(kv::Family::kQueue, fetch_key(lowest)).value()) << "its turn comes with the next lap";
  size_t rounds = 6;
  for (; queued() > 0 && rounds < 100; ++rounds) round();
  EXPECT_EQ(queued(), 0u);
  EXPECT_EQ(rounds, 10'000 / one_round + 2);
  round();
  EXPECT_EQ(resync->stats().queue_length, 0u);
}

TEST_F(ResyncTest, WhatIsNotDueHoldsNoRoundUpForLong) {
  fill(Resync::kRowsPerRound + 100, {.due_ms = clock.unix_ms + 60'000, .attempts = 1});
  EXPECT_EQ(round(), 0u);
  EXPECT_EQ(resync->stats().queue_length, Resync::kRowsPerRound + 100);
  EXPECT_EQ(resync->stats().errors, Resync::kRowsPerRound + 100);
  BlockHash last;
  last.bytes.fill(255);
  resync->want(last);
  store.steps = 0;
  EXPECT_EQ(round(), 1u);
  EXPECT_EQ(resync->stats().queue_length, Resync::kRowsPerRound + 100);
  EXPECT_LT(store.steps, 200u);
  EXPECT_EQ(round(), 0u);
  EXPECT_EQ(round(), 0u);
  EXPECT_EQ(resync->stats().queue_length, Resync::kRowsPerRound + 100);
  EXPECT_EQ(resync->stats().errors, Resync::kRowsPerRound + 100);
}

TEST_F(ResyncTest, NobodyRestsBetweenFullRounds) {
  fill(600);
  Upkeep upkeep(*members[0]->hints, resync.get());
  run(start(upkeep));
  members[0]->node.loop.run();
  EXPECT_EQ(queued(), 0u);
  run(stop(upkeep));
}

TEST_F(ResyncTest, WhatIsClearedDuringARoundIsNotCountedTwice) {
  clear_during_a_round();
  members[0]->node.loop.advance(60s);
  ASSERT_TRUE(under_way && *under_way);
  EXPECT_EQ(resync->stats().fetched, 1u) << "what was under way is brought, and nothing more";
  EXPECT_EQ(resync->stats().queue_length, 0u);
  EXPECT_EQ(queued(), 0u);
}

TEST_F(ResyncTest, WhatIsClearedDuringARoundDoesNotComeBackWhereItFails) {
  clear_during_a_round();
  up(1, false);
  up(2, false);
  members[0]->node.loop.advance(60s);
  ASSERT_TRUE(under_way && *under_way);
  EXPECT_EQ(queued(), 0u);
  EXPECT_EQ(resync->stats().errors, 0u);
}

TEST_F(ResyncTest, WhatIsClearedWhileItsRoundIsWrittenDoesNotComeBack) {
  lose_both();
  up(1, false);
  up(2, false);
  // The jobs of the round one by one, until what it found out waits to be written.
  ASSERT_OK(run(resync->write_wanted()));
  auto& pool = members[0]->node.pool();
  pool.hold_back();
  std::optional<Result<size_t>> round;
  members[0]->node.start(resync->run_once(), round);
  while (resync->stats().errors < 2 && pool.step()) members[0]->node.loop.run();
  ASSERT_EQ(resync->stats().errors, 2u);
  ASSERT_FALSE(round);
  ASSERT_EQ(pool.waiting(), 1u);
  runtime::Job write = pool.take();
  pool.go_on();
  kv::Batch cleared;
  for (const auto& bytes : {one, two}) cleared.remove(kv::Family::kQueue, fetch_key(hash_of(bytes)));
  ASSERT_OK(store.write(cleared, kv::Durability::kSynced));
  write();
  members[0]->node.loop.run();
  ASSERT_TRUE(round && *round);
  EXPECT_EQ(queued(), 0u);
}

TEST_F(ResyncTest, WhatIsWantedSurvivesACommitThatFails) {
  lose_both();
  members[0]->machine.store.fail_next_writes(ErrorKind::kNoSpace, 1);
  EXPECT_EQ(kind_of(run(resync->run_once())), ErrorKind::kNoSpace);
  EXPECT_EQ(queued(), 0u);
  EXPECT_EQ(round(), 2u);
  EXPECT_TRUE(members[0]->has(one) && members[0]->has(two));
}

}  // namespace
}  // namespace garage::block
