// Blocks on three nodes: written on a quorum, read from whoever has them, brought back where they are missing.
#include "block/replicas.hpp"

#include <gtest/gtest.h>

#include "block/testing/cluster.hpp"

namespace garage::block {
namespace {

using namespace testing;

class HandClock : public runtime::Clock {
 public:
  uint64_t unix_ms = 1'000'000;
  WallTime wall_now() override { return {unix_ms}; }
  MonotonicTime monotonic_now() override { return {std::chrono::milliseconds(unix_ms)}; }
};

// One storage node and everything of this module on it.
struct Member {
  Member(Switchboard& board, const BlockPlacement& placement, HandClock& clock, size_t index)
      : id(node_id(index)), caller(board, id) {
    node.must_open();
    const env::Env own = node.env();
    const env::Env env{clock, own.random, own.disk, own.network, own.loops, own.pools};
    holder = std::make_unique<Holder>(env, machine.store, node.commits, *node.blocks);
    service = std::make_unique<Service>(*holder);
    hints = std::make_unique<Hints>(env, machine.store, node.commits, caller, [](const NodeId&) { return true; });
    replicas = std::make_unique<Replicas>(id, env, holder.get(), caller, placement, *hints);
    resync = std::make_unique<Resync>(id, env, machine.store, node.commits, *holder, *replicas, placement);
    replicas->on_missing([this](const BlockHash& hash) { resync->want(hash); });
    board.ports[id].answer = [this](std::string operation, std::string payload) {
      return service->answer(std::move(operation), std::move(payload));
    };
  }
  size_t queued(std::string_view queue) {
    size_t count = 0;
    auto rows = machine.store.iterate(kv::Family::kQueue, {});
    for (rows->seek(queue); rows->valid() && rows->key().starts_with(queue); rows->next()) ++count;
    return count;
  }
  bool has(const std::string& bytes) { return node.has_row(hash_of(bytes)); }
  bool refers(const std::string& bytes, Uuid of) {
    return machine.store.get(kv::Family::kBlockRef, reference_key(hash_of(bytes), of)).value().has_value();
  }

  NodeId id;
  Machine machine;
  TestNode node{machine};
  DirectCaller caller;
  std::unique_ptr<Holder> holder;
  std::unique_ptr<Service> service;
  std::unique_ptr<Hints> hints;
  std::unique_ptr<Replicas> replicas;
  std::unique_ptr<Resync> resync;
};

struct ReplicasTest : ::testing::Test {
  ReplicasTest() {
    for (size_t i = 0; i < 3; ++i) members.push_back(std::make_unique<Member>(board, placement, clock, i));
  }
  ~ReplicasTest() override {
    for (auto& member : members) {
      run(stop(member.get()));
      member->resync.reset();
      member->replicas.reset();
      member->holder.reset();
      member->node.shut_down();
    }
  }
  static Task<bool> stop(Member* member) {
    co_await member->replicas->stop();
    co_return true;
  }
  template <class T>
  T run(Task<T> task) {
    return members[0]->node.loop.run_until_done(std::move(task));
  }
  void settle() { members[0]->node.loop.advance(1s); }
  void up(size_t index, bool up) { board.ports[node_id(index)].up = up; }

  // Puts them all through one node and has them referenced.
  Result<Ord> upload(size_t at, Uuid of, std::vector<std::string> all) {
    auto outgoing = members[at]->replicas->begin(of, "row", {});
    return run(send(outgoing, std::move(all)));
  }
  static Task<Result<Ord>> send(std::shared_ptr<Outgoing> outgoing, std::vector<std::string> all) {
    for (const auto& bytes : all) CO_CHECK_OK(co_await outgoing->put(hash_of(bytes), Buffer(bytes)));
    co_return co_await outgoing->commit();
  }
  Result<std::string> read(size_t at, const std::string& bytes) {
    auto got = run(members[at]->replicas->read(hash_of(bytes), 0, 1 << 20));
    if (!got) return std::unexpected(got.error());
    return std::string(got->view());
  }
  size_t copies(const std::string& bytes) {
    size_t count = 0;
    for (auto& member : members) count += member->has(bytes) ? 1 : 0;
    return count;
  }

  HandClock clock;
  Switchboard board;
  ThreeCopies placement{3};
  std::vector<std::unique_ptr<Member>> members;
  const std::string one = noise(1, 20'000), two = noise(2, 30'000);
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

TEST_F(ReplicasTest, NobodyHasItIsToldFromNobodyAnswers) {
  EXPECT_EQ(kind_of(read(0, one)), ErrorKind::kNotFound);
  up(1, false);
  EXPECT_EQ(kind_of(read(0, one)), ErrorKind::kUnavailable);
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

TEST_F(ReplicasTest, RepairFindsMissingBytesAndMissingReferences) {
  ASSERT_OK(upload(0, owner(1), {one, two}));
  settle();
  // One node has lost a block's index row, another a reference and its block.
  kv::Batch batch;
  batch.remove(kv::Family::kBlockIndex, std::string(hash_of(one).view()));
  ASSERT_OK(members[0]->machine.store.write(batch, kv::Durability::kSynced));
  ASSERT_OK(members[2]->node.drop({two}, owner(1)));
  const RepairReport report = run(members[0]->resync->repair()).value();
  EXPECT_EQ(report.references, 2u);
  EXPECT_EQ(report.blocks_missing, 1u);
  EXPECT_EQ(report.passed_on, 2u);
  for (auto& member : members) EXPECT_OK(run(member->resync->run_once()));
  EXPECT_EQ(copies(one), 3u);
  EXPECT_EQ(copies(two), 3u);
  EXPECT_TRUE(members[2]->refers(two, owner(1)));
}

}  // namespace
}  // namespace garage::block
