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
  size_t queued() { return members[0]->queued(kFetchQueue); }
  size_t round() { return run(resync->run_once()).value(); }
  static Task<bool> start(Upkeep& upkeep) {
    upkeep.start();
    co_return true;
  }
  static Task<bool> stop_upkeep(Upkeep& upkeep) {
    co_await upkeep.stop();
    co_return true;
  }

  CountingStore store;
  std::unique_ptr<Resync> resync;
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
  run(stop_upkeep(upkeep));
}

}  // namespace
}  // namespace garage::block
