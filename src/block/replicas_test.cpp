// Blocks on three nodes: written on a quorum, read from whoever has them, brought back where they are missing.
#include "block/replicas.hpp"

#include <gtest/gtest.h>

#include "block/testing/counting_store.hpp"
#include "block/testing/members.hpp"
#include "block/upkeep.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct ReplicasTest : MembersTest<ThreeCopies> {
  ReplicasTest() : MembersTest(3, ThreeCopies(3)) {}
  static Task<bool> add_drop(Hints& hints, NodeId node, Uuid of, std::string bytes) {
    co_await hints.add(node, of, std::string(kDropOperation), encode_drop({of, Ord{1, 0}, {hash_of(bytes)}}));
    co_return true;
  }
  // Nobody understands them: who hears of one is done with it.
  static Task<bool> add_hints(Hints& hints, NodeId node, size_t count) {
    for (size_t i = 0; i < count; ++i) co_await hints.add(node, owner(1), "block/unheard-of", "payload");
    co_return true;
  }
};

TEST_F(ReplicasTest, EveryHolderGetsACopyAndAReference) {
  const Ord ceiling = upload(0, owner(1), {one, two, one}).value();
  EXPECT_GT(ceiling.hybrid_ms, clock.unix_ms);
  settle();
  for (auto& member : members) {
    EXPECT_TRUE(member->has(one) && member->has(two));
    EXPECT_TRUE(member->refers(one, owner(1)));
    EXPECT_EQ(member->queued(kLeaseQueue), 1u);
    EXPECT_EQ(member->holder->pending(), 0u);
  }
}

TEST_F(ReplicasTest, OneNodeDownIsToldLaterAndFetches) {
  up(2, false);
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  EXPECT_EQ(copies(one), 2u);
  EXPECT_EQ(members[0]->queued(kHintQueue), 1u);
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 0u);
  up(2, true);
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 1u);
  EXPECT_EQ(members[0]->queued(kHintQueue), 0u);
  EXPECT_TRUE(members[2]->refers(two, owner(1)));
  EXPECT_EQ(members[2]->queued(kFetchQueue), 2u);
  EXPECT_EQ(run(members[2]->resync->run_once()).value(), 2u);
  EXPECT_EQ(members[2]->queued(kFetchQueue), 0u);
  EXPECT_EQ(members[2]->node.read(hash_of(one)).value(), one);
  EXPECT_EQ(members[2]->resync->stats().fetched, 2u);
}

TEST_F(ReplicasTest, TwoNodesDownIsNoQuorum) {
  up(1, false);
  up(2, false);
  EXPECT_EQ(kind_of(upload(0, owner(1), {one})), ErrorKind::kUnavailable);
  EXPECT_EQ(copies(one), 0u);
}

TEST_F(ReplicasTest, OneCopySufficesWhereThatWasChosen) {
  Member& writer = *members[0];
  Replicas dangerous(writer.id, writer.node.env(), writer.holder.get(), writer.caller, placement, *writer.hints,
                     {.one_copy_suffices = true});
  up(1, false);
  up(2, false);
  auto outgoing = dangerous.begin(owner(1), "row", {});
  ASSERT_OK(run(outgoing->put(hash_of(one), Buffer(one))));
  ASSERT_OK(run(outgoing->commit()));
  EXPECT_EQ(copies(one), 1u);
  outgoing.reset();
  EXPECT_EQ(run(dangerous.drop(owner(1), {hash_of(one)}, Ord::highest())).error().kind, ErrorKind::kUnavailable)
      << "what is dropped must not come back from those who did not hear of it";
  run(stop(dangerous));
}

TEST_F(ReplicasTest, WhatAHolderForgotBeforeTheReferenceIsNotCounted) {
  auto outgoing = members[0]->replicas->begin(owner(1), "row", {});
  ASSERT_OK(run(outgoing->put(hash_of(one), Buffer(one))));
  settle();
  // Two of three start anew and have lost what they only held.
  for (size_t i : {1u, 2u}) {
    auto fresh = std::make_unique<Holder>(members[i]->node.env(), members[i]->machine.store, members[i]->node.commits,
                                          *members[i]->node.blocks);
    members[i]->service = std::make_unique<Service>(*fresh);
    members[i]->holder = std::move(fresh);
    members[i]->node.settle();
  }
  EXPECT_EQ(kind_of(run(outgoing->commit())), ErrorKind::kUnavailable);
}

TEST_F(ReplicasTest, ASlowHolderDelaysNobody) {
  board.ports[node_id(2)].delay = 10s;
  const MonotonicTime before = members[0]->node.loop.now();
  ASSERT_OK(upload(0, owner(1), {one}));
  EXPECT_EQ(members[0]->node.loop.now(), before);
  EXPECT_EQ(copies(one), 2u);
  members[0]->node.loop.advance(30s);
  EXPECT_EQ(copies(one), 3u) << "the last copy went on in the background";
  EXPECT_TRUE(members[2]->refers(one, owner(1)));
  EXPECT_EQ(members[0]->queued(kHintQueue), 0u);
}

TEST_F(ReplicasTest, ASilentHolderIsNotEvenAsked) {
  auto& silent = board.ports[node_id(2)];
  silent.silent = true;
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  EXPECT_EQ(silent.questions, 0u);
  EXPECT_EQ(members[0]->queued(kHintQueue), 1u) << "it is told once it answers again";
}

TEST_F(ReplicasTest, SilentHoldersAreAskedWhereTheOthersAreTooFew) {
  board.ports[node_id(1)].silent = board.ports[node_id(2)].silent = true;
  ASSERT_OK(upload(0, owner(1), {one}));
  EXPECT_EQ(copies(one), 3u);
}

TEST_F(ReplicasTest, WhoFallsSilentHoldsNoUploadUp) {
  Member& writer = *members[0];
  Replicas narrow(writer.id, writer.node.env(), writer.holder.get(), writer.caller, placement, *writer.hints,
                  {.straggler_bytes_max = one.size()});
  Switchboard::Port& slow = board.ports[node_id(2)];
  slow.delay = 20s;
  auto& loop = writer.node.loop;
  const MonotonicTime before = loop.now();
  loop.call_after(1s, [&slow] { slow.silent = true; });
  auto outgoing = narrow.begin(owner(1), "row", {});
  ASSERT_OK(run(outgoing->put(hash_of(one), Buffer(one))));
  EXPECT_EQ(loop.now(), before);
  ASSERT_OK(run(outgoing->put(hash_of(two), Buffer(two))));
  const Duration waited = loop.now() - before;
  EXPECT_GE(waited, 1s) << "beyond the budget an upload goes at the pace of its slowest holder";
  EXPECT_LT(waited, 2s);
  ASSERT_OK(run(outgoing->commit()));
  outgoing.reset();
  loop.advance(60s);
  run(stop(narrow));
}

TEST_F(ReplicasTest, SharingTakesAReferenceWhereTheBytesAre) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  auto outgoing = members[1]->replicas->begin(owner(2), "other row", {});
  outgoing->share(hash_of(one));
  ASSERT_OK(run(outgoing->commit()));
  settle();
  ASSERT_OK(run(members[2]->replicas->drop(owner(1), {hash_of(one)}, Ord::highest())));
  EXPECT_EQ(copies(one), 3u);
  ASSERT_OK(run(members[2]->replicas->drop(owner(2), {hash_of(one)}, Ord::highest())));
  EXPECT_EQ(copies(one), 0u);
  auto late = members[1]->replicas->begin(owner(3), "third row", {});
  late->share(hash_of(one));
  EXPECT_EQ(kind_of(run(late->commit())), ErrorKind::kNotFound);
}

TEST_F(ReplicasTest, SharedBytesTravelWhereOnlyOneHolderHasThem) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  for (size_t i : {1u, 2u}) {
    ASSERT_OK(members[i]->node.drop({one}, owner(1)));
  }
  ASSERT_EQ(copies(one), 1u);
  for (size_t at : {1u, 0u}) {
    auto outgoing = members[at]->replicas->begin(owner(static_cast<unsigned char>(5 + at)), "other row", {});
    outgoing->share(hash_of(one));
    ASSERT_OK(run(outgoing->commit()));
    EXPECT_EQ(copies(one), 3u);
    for (size_t i : {1u, 2u}) {
      for (unsigned char of : {5, 6}) ASSERT_OK(members[i]->node.drop({one}, owner(of)));
    }
  }
}

TEST_F(ReplicasTest, ALeaseIsRenewedWhereTheReferencesStillAre) {
  auto outgoing = members[0]->replicas->begin(owner(1), "row", {});
  ASSERT_OK(run(outgoing->put(hash_of(one), Buffer(one))));
  const Ord first = run(outgoing->commit()).value();
  EXPECT_EQ(run(outgoing->renew_if_short()).value(), first);
  clock.unix_ms += 4 * 60 * 1000;
  const Ord second = run(outgoing->renew_if_short()).value();
  EXPECT_GT(second, first);
  settle();
  // A verdict that knew the first lease spares it.
  ASSERT_OK(run(members[0]->replicas->drop(owner(1), {hash_of(one)}, first)));
  EXPECT_EQ(copies(one), 3u);
  ASSERT_OK(run(members[0]->replicas->drop(owner(1), {hash_of(one)}, second)));
  EXPECT_EQ(copies(one), 0u);
  clock.unix_ms += 4 * 60 * 1000;
  EXPECT_EQ(kind_of(run(outgoing->renew_if_short())), ErrorKind::kUnavailable);
}

TEST_F(ReplicasTest, ReadsGoOnWithoutTheNearest) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  const auto place = members[0]->node.place(hash_of(one));
  ASSERT_OK(members[0]->machine.disk.flip_bits(members[0]->node.path(place), place.offset + 5000, 16, 3));
  EXPECT_EQ(read(0, one).value(), one);
  EXPECT_EQ(run(members[0]->resync->run_once()).value(), 1u) << "and the damaged copy is replaced";
  EXPECT_EQ(members[0]->node.read(hash_of(one)).value(), one);
  up(1, false);
  EXPECT_EQ(read(0, one).value(), one);
}

TEST_F(ReplicasTest, ASlowReadIsHedged) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  ASSERT_OK(members[0]->node.drop({one}, owner(1)));
  board.ports[node_id(1)].delay = 20s;
  const MonotonicTime before = members[0]->node.loop.now();
  EXPECT_EQ(read(0, one).value(), one);
  EXPECT_LT(members[0]->node.loop.now() - before, 1s);
  members[0]->node.loop.advance(30s);
}

// Beyond what a peer holds of answers it refuses, and a client's download would break in its middle.
TEST_F(ReplicasTest, ManyReadsAtOnceWaitForTheirTurn) {
  constexpr size_t kReads = 400;
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  auto& loop = members[0]->node.loop;
  Member& reader = *members[0];
  Replicas gateway(node_id(9), reader.node.env(), nullptr, reader.caller, placement, *reader.hints,
                   {.hedge_after = 10s, .read_bytes_per_peer_max = 8u << 20});
  auto& port = board.ports[node_id(0)];
  port.delay = 1s;
  port.questions = 0;
  std::vector<std::optional<Result<Buffer>>> reads(kReads);
  for (auto& read : reads) reader.node.start(gateway.read(hash_of(one), 0, 1 << 20), read);
  for (size_t second = 1; second <= kReads / 8; ++second) {
    EXPECT_LE(port.questions, 8 * second);
    loop.advance(1s);
  }
  loop.advance(5s);
  for (const auto& read : reads) EXPECT_TRUE(read && *read);
  run(stop(gateway));
}

TEST_F(ReplicasTest, WhoWaitsInLineForASilentPeerAsksTheNext) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  Member& reader = *members[0];
  auto& loop = reader.node.loop;
  Replicas gateway(node_id(9), reader.node.env(), nullptr, reader.caller, placement, *reader.hints,
                   {.hedge_after = 300ms, .read_bytes_per_peer_max = 8u << 20});
  loop.advance(1min);
  board.ports[node_id(0)].delay = 1h;
  std::vector<std::optional<Result<Buffer>>> reads(20);
  for (auto& read : reads) reader.node.start(gateway.read(hash_of(one), 0, 1 << 20), read);
  loop.advance(1s);
  for (const auto& read : reads) EXPECT_TRUE(read && *read);
  loop.advance(1min);
  run(stop(gateway));
}

TEST_F(ReplicasTest, NobodyHasItIsToldFromNobodyAnswers) {
  EXPECT_EQ(kind_of(read(0, one)), ErrorKind::kNotFound);
  up(1, false);
  EXPECT_EQ(kind_of(read(0, one)), ErrorKind::kUnavailable);
}

TEST_F(ReplicasTest, WhoBecameAHolderMeanwhileHasNotTakenADrop) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  SetByHand moving;
  Member& writer = *members[0];
  Replicas replicas(node_id(0), writer.node.env(), writer.holder.get(), writer.caller, moving, *writer.hints);
  for (const uint8_t n : {1, 2}) board.ports[node_id(n)].delay = 5s;
  std::optional<Result<void>> dropped;
  writer.node.start(replicas.drop(owner(1), {hash_of(one)}, Ord::highest()), dropped);
  writer.node.loop.advance(2s);
  EXPECT_FALSE(dropped);
  moving.sets = SetByHand::of({7, 8, 9}, {});
  writer.node.loop.advance(10s);
  ASSERT_TRUE(dropped);
  EXPECT_EQ(kind_of(*dropped), ErrorKind::kUnavailable);
  run(stop(replicas));
}

TEST_F(ReplicasTest, ADropThatAHolderMissedReachesItLater) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  up(2, false);
  ASSERT_OK(run(members[0]->replicas->drop(owner(1), {hash_of(one)}, Ord::highest())));
  EXPECT_EQ(copies(one), 1u);
  up(1, false);
  EXPECT_EQ(kind_of(run(members[0]->replicas->drop(owner(1), {hash_of(one)}, Ord::highest()))),
            ErrorKind::kUnavailable);
  up(1, true);
  up(2, true);
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 1u);
  EXPECT_EQ(copies(one), 0u);
}

TEST_F(ReplicasTest, ADropWaitsForNoSlowHolder) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  board.ports[node_id(2)].delay = 20s;
  const MonotonicTime before = members[0]->node.loop.now();
  ASSERT_OK(run(members[0]->replicas->drop(owner(1), {hash_of(one)}, Ord::highest())));
  EXPECT_LT(members[0]->node.loop.now() - before, 5s);
  EXPECT_EQ(copies(one), 1u);
  EXPECT_EQ(members[0]->queued(kHintQueue), 1u) << "should it die before it does it";
  // Nor where it is one of two that have to take it.
  up(1, false);
  EXPECT_OK(run(members[0]->replicas->drop(owner(1), {hash_of(one)}, Ord::highest())));
  EXPECT_EQ(copies(one), 0u);
}

TEST_F(ReplicasTest, AFetchInVainIsTriedAgainLater) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  const auto place = members[0]->node.place(hash_of(one));
  ASSERT_OK(members[0]->machine.disk.flip_bits(members[0]->node.path(place), place.offset + 5000, 16, 3));
  up(1, false);
  up(2, false);
  members[0]->resync->want(hash_of(one));
  EXPECT_EQ(run(members[0]->resync->run_once()).value(), 0u);
  EXPECT_EQ(members[0]->resync->stats().queue_length, 1u);
  EXPECT_EQ(members[0]->resync->stats().errors, 1u);
  up(1, true);
  EXPECT_EQ(run(members[0]->resync->run_once()).value(), 0u) << "not due yet";
  clock.unix_ms += 60'000;
  EXPECT_EQ(run(members[0]->resync->run_once()).value(), 1u);
  EXPECT_EQ(members[0]->resync->stats().errors, 0u);
}

TEST_F(ReplicasTest, APauseThatAClockAheadHasSetIsCutShort) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  const auto place = members[0]->node.place(hash_of(one));
  ASSERT_OK(members[0]->machine.disk.flip_bits(members[0]->node.path(place), place.offset + 5000, 16, 3));
  up(1, false);
  up(2, false);
  members[0]->resync->want(hash_of(one));
  const uint64_t now_ms = clock.unix_ms;
  clock.unix_ms += 400ull * 24 * 60 * 60 * 1000;
  EXPECT_EQ(run(members[0]->resync->run_once()).value(), 0u);
  clock.unix_ms = now_ms;
  up(1, true);
  EXPECT_EQ(run(members[0]->resync->run_once()).value(), 1u);
}

TEST_F(ReplicasTest, ManyHintsDoNotKeepMissingBlocksWaiting) {
  ASSERT_OK(upload(0, owner(1), {one}));
  settle();
  up(2, false);
  ASSERT_OK(upload(0, owner(2), {two}));
  settle();
  ASSERT_EQ(members[0]->queued(kHintQueue), 1u);
  up(2, true);
  board.ports[node_id(2)].delay = 20s;
  const auto place = members[0]->node.place(hash_of(one));
  ASSERT_OK(members[0]->machine.disk.flip_bits(members[0]->node.path(place), place.offset + 5000, 16, 3));
  members[0]->resync->want(hash_of(one));
  Upkeep upkeep(*members[0]->hints, members[0]->resync.get());
  run(start(upkeep));
  members[0]->node.loop.advance(5s);
  EXPECT_EQ(members[0]->resync->stats().fetched, 1u);
  EXPECT_EQ(members[0]->queued(kHintQueue), 1u) << "it is still on its way";
  run(stop(upkeep));
}

// One failed sync condemns what it owed, and nothing else.
TEST_F(ReplicasTest, AHolderWhoseSyncFailedOnceTakesReferencesAgain) {
  Member& third = *members[2];
  auto outgoing = members[0]->replicas->begin(owner(1), "row", {});
  ASSERT_OK(run(outgoing->put(hash_of(one), Buffer(one))));
  settle();
  third.machine.disk.fail_change(1, ErrorKind::kIo);
  ASSERT_OK(run(outgoing->commit()));
  outgoing.reset();
  settle();
  ASSERT_FALSE(third.has(one));
  ASSERT_EQ(members[0]->queued(kHintQueue), 1u);

  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 1u);
  EXPECT_TRUE(third.refers(one, owner(1)));
  EXPECT_EQ(third.holder->pending(), 0u) << "what was lost is held no longer";
  ASSERT_OK(upload(0, owner(2), {two}));
  settle();
  EXPECT_TRUE(third.refers(two, owner(2)));
  EXPECT_EQ(third.node.read(hash_of(two)).value_or("<none>"), two);
  EXPECT_EQ(run(third.resync->run_once()).value(), 1u);
  EXPECT_EQ(third.node.read(hash_of(one)).value_or("<none>"), one);
}

TEST_F(ReplicasTest, AHintThatIsRefusedHoldsUpNoOther) {
  up(2, false);
  ASSERT_OK(upload(0, owner(1), {one}));
  ASSERT_OK(upload(0, owner(2), {two}));
  settle();
  ASSERT_EQ(members[0]->queued(kHintQueue), 2u);
  up(2, true);
  members[2]->machine.store.fail_next_writes(ErrorKind::kIo, 1);
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 1u);
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 1u);
  EXPECT_TRUE(members[2]->refers(one, owner(1)) && members[2]->refers(two, owner(2)));
}

TEST_F(ReplicasTest, WhoHasNoRoomForWhatIsHintedIsLeftAloneForAWhile) {
  up(2, false);
  for (uint8_t n = 1; n <= 100; ++n) ASSERT_OK(upload(0, owner(n), {one}));
  settle();
  ASSERT_EQ(members[0]->queued(kHintQueue), 100u);
  up(2, true);
  run(add_drop(*members[0]->hints, node_id(2), owner(255), one));
  members[2]->machine.store.set_short_of_space(true);
  auto& asked = board.ports[node_id(2)].questions;
  asked = 0;
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 1u) << "what gives room is told, behind all the others";
  EXPECT_GE(asked, 2u);
  EXPECT_LT(asked, 40u);
  EXPECT_EQ(members[0]->hints->waiting(), 100u);
  asked = 0;
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 0u);
  EXPECT_EQ(asked, 0u);
  members[2]->machine.store.set_short_of_space(false);
  members[0]->node.loop.advance(2min);
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 100u);
}

TEST_F(ReplicasTest, WhoseDiskFailsIsLeftAloneForAWhile) {
  up(2, false);
  for (uint8_t n = 1; n <= 100; ++n) ASSERT_OK(upload(0, owner(n), {one}));
  settle();
  up(2, true);
  members[2]->machine.store.fail_next_writes(ErrorKind::kIo, 1000);
  auto& asked = board.ports[node_id(2)].questions;
  asked = 0;
  for (int round = 0; round < 5; ++round) EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 0u);
  EXPECT_GE(asked, 1u);
  EXPECT_LT(asked, 50u);
  members[2]->machine.store.fail_next_writes(ErrorKind::kIo, 0);
  members[0]->node.loop.advance(2min);
  EXPECT_EQ(run(members[0]->hints->replay_once()).value(), 100u);
}

TEST_F(ReplicasTest, HintsForWhoIsAwayAreNotReadAgainAndAgain) {
  Member& writer = *members[0];
  CountingStore store(writer.machine.store);
  const auto is_member = [](const NodeId&) { return true; };
  up(1, false);
  run(add_hints(*writer.hints, node_id(1), 1000));
  Hints hints(writer.node.env(), store, writer.node.commits, writer.caller, is_member);
  EXPECT_EQ(run(hints.replay_once()).value(), 0u);
  EXPECT_EQ(hints.waiting(), 1000u) << "those of an earlier life are counted once";
  store.steps = 0;
  run(add_hints(hints, node_id(2), 300));
  EXPECT_EQ(run(hints.replay_once()).value(), 300u) << "who comes behind them is told";
  EXPECT_LT(store.steps, 330u);
  store.steps = 0;
  EXPECT_EQ(run(hints.replay_once()).value(), 0u);
  EXPECT_LT(store.steps, 5u);
  EXPECT_EQ(hints.waiting(), 1000u);
  up(1, true);
  EXPECT_EQ(run(hints.replay_once()).value(), 1000u);
  EXPECT_EQ(hints.waiting(), 0u);
  EXPECT_EQ(writer.queued(kHintQueue), 0u);
}

TEST_F(ReplicasTest, HintsForWhoIsFarAwayGoBesideEachOther) {
  Member& writer = *members[0];
  board.ports[node_id(2)].delay = 1s;
  run(add_hints(*writer.hints, node_id(2), 100));
  const MonotonicTime before = writer.node.loop.now();
  EXPECT_EQ(run(writer.hints->replay_once()).value(), 100u);
  EXPECT_LT(writer.node.loop.now() - before, 10s);
  EXPECT_EQ(writer.queued(kHintQueue), 0u);
}

TEST_F(ReplicasTest, HintsThatComeWhileOthersAreToldAreCounted) {
  Member& writer = *members[0];
  up(1, false);
  board.ports[node_id(2)].delay = 20s;
  run(add_hints(*writer.hints, node_id(2), 1));
  std::optional<Result<size_t>> told;
  writer.node.start(writer.hints->replay_once(), told);
  ASSERT_FALSE(told);
  run(add_hints(*writer.hints, node_id(1), 3));
  writer.node.loop.advance(30s);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->value(), 1u);
  EXPECT_EQ(writer.hints->waiting(), 3u);
}

}  // namespace
}  // namespace garage::block
