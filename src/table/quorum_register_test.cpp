#include "table/quorum_register.hpp"

#include <gtest/gtest.h>

#include <set>

#include "runtime/task_group.hpp"
#include "table/local_register.hpp"
#include "table/placed_register.hpp"
#include "table/testing.hpp"

namespace garage::table {
namespace {

constexpr size_t kNodes = 5;

NodeId id_of(size_t index) {
  NodeId id;
  id.bytes[0] = static_cast<unsigned char>(index + 1);
  return id;
}

class TestPlacement final : public Placement {
 public:
  ReplicaSets sets_for(std::string_view key) override {
    if (empty_looks == 0) return sets;
    --empty_looks;
    return {sets.stage, {}, {{}}};
  }
  uint64_t stage_of(std::string_view key) override { return sets.stage; }
  ReplicaSets sets{1, {id_of(0), id_of(1), id_of(2)}, {{id_of(0), id_of(1), id_of(2)}}};
  int empty_looks = 0;  // before the first layout is in force
};

// Several nodes on one loop, each reached by a plain call, unless it is down.
struct Cluster : public Peers {
  struct Node {
    explicit Node(size_t index, Cluster& cluster)
        : parts(100 + index),
          replica(parts.store, parts.commits, parts.pool, parts.ords, cluster.placement, parts.schema),
          local(parts.store, parts.commits, parts.pool, parts.ords, parts.schema),
          quorum(id_of(index), &replica, cluster, cluster.placement, parts.ords, parts.random, parts.schema),
          placed(id_of(index), cluster.placement, local, quorum) {}
    testing::TestNode parts;
    Replica replica;
    LocalRegister local;
    QuorumRegister quorum;
    PlacedRegister placed;
  };

  Cluster() {
    for (size_t i = 0; i < kNodes; ++i) nodes.push_back(std::make_unique<Node>(i, *this));
  }
  Task<Result<Reply>> call(NodeId to, std::shared_ptr<const Request> request, MonotonicTime deadline) override {
    const size_t index = to.bytes[0] - 1u;
    ++calls[request->operation];
    if (down.contains(index)) co_return fail(ErrorKind::kTimeout, "down");
    auto over_the_wire = decode_request(encode_request(*request));
    EXPECT_TRUE(over_the_wire);
    CO_TRY(Reply reply, co_await nodes[index]->replica.handle(std::make_shared<Request>(std::move(*over_the_wire))));
    auto back = decode_reply(request->key, encode_reply(request->key, reply));
    EXPECT_TRUE(back);
    if (index == answers_into_the_void && request->operation == Operation::kInstall) {
      answers_into_the_void = kNodes;
      nodes[index]->parts.store.set_short_of_space(true);
      co_return fail(ErrorKind::kTimeout, "the answer is lost");
    }
    co_return std::move(back);
  }

  template <class T>
  T run(Task<T> task) {
    return loop.run_until_done(std::move(task));
  }
  Write blind(std::string value) { return nodes[0]->parts.blind("k", std::move(value)); }
  Write conditional(std::optional<std::string> expected, std::optional<std::string> value) {
    return nodes[0]->parts.conditional("k", std::move(expected), std::move(value));
  }
  std::optional<Row> stored(size_t index) {
    auto bytes = nodes[index]->parts.store.get(kv::Family::kObject, "k");
    if (!*bytes) return std::nullopt;
    return *decode_row("k", **bytes);
  }
  std::optional<std::string> read(size_t from) {
    auto row = run(nodes[from]->quorum.read("k"));
    EXPECT_TRUE(row) << row.error().message;
    return row && *row ? (*row)->value : std::nullopt;
  }

  runtime::ManualLoop loop;
  TestPlacement placement;
  std::vector<std::unique_ptr<Node>> nodes;
  std::set<size_t> down;
  size_t answers_into_the_void = kNodes;  // once, to an INSTALL; that has filled its disk
  std::map<Operation, int> calls;
};

TEST(QuorumRegister, WritesAndReadsThroughAnyNode) {
  Cluster cluster;
  EXPECT_EQ(cluster.read(0), std::nullopt);
  auto written = cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("one")));
  ASSERT_TRUE(written);
  EXPECT_EQ(cluster.read(2), "one");
  EXPECT_EQ(cluster.read(4), "one");  // a node that stores nothing
  auto second = cluster.run(cluster.nodes[4]->quorum.write(cluster.blind("two")));
  ASSERT_TRUE(second);
  EXPECT_GT(second->ord, written->ord);
  EXPECT_EQ(*second->before->value, "one");
  EXPECT_EQ(cluster.read(1), "two");
  EXPECT_FALSE(cluster.stored(3));
}

TEST(QuorumRegister, ANodeDownDelaysNobodyTwoDownStopAll) {
  Cluster cluster;
  cluster.down = {1};
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("one"))));
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.conditional("one", "two"))));
  EXPECT_EQ(cluster.read(0), "two");
  cluster.down = {1, 2};
  EXPECT_EQ(cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("three"))).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(cluster.run(cluster.nodes[0]->quorum.write(cluster.conditional("two", "three"))).error().kind,
            ErrorKind::kUnavailable);
  EXPECT_EQ(cluster.run(cluster.nodes[0]->quorum.read("k")).error().kind, ErrorKind::kUnavailable);
}

TEST(QuorumRegister, ALayoutThatIsAboutToBeInForceIsWaitedFor) {
  Cluster cluster;
  cluster.placement.empty_looks = 3;
  EXPECT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.conditional(std::nullopt, "one"))));
  cluster.placement.empty_looks = 1000;
  const auto refused = cluster.run(cluster.nodes[0]->quorum.write(cluster.conditional("one", "two")));
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable) << "nobody's disk is full where nobody is";
}

TEST(QuorumRegister, FalseConditionsAreTold) {
  Cluster cluster;
  ASSERT_TRUE(cluster.run(cluster.nodes[1]->quorum.write(cluster.conditional(std::nullopt, "one"))));
  EXPECT_EQ(cluster.run(cluster.nodes[2]->quorum.write(cluster.conditional(std::nullopt, "two"))).error().kind,
            ErrorKind::kPrecondition);
  EXPECT_EQ(cluster.read(0), "one");
}

Task<void> race(QuorumRegister& rows, Write write, int& won, int& lost) {
  auto written = co_await rows.write(std::move(write));
  if (written) {
    ++won;
  } else if (written.error().kind == ErrorKind::kPrecondition || written.error().kind == ErrorKind::kConflict) {
    ++lost;
  }
}

TEST(QuorumRegister, AnEditKeepsTheTimeOfTheRow) {
  Cluster cluster;
  auto& node = *cluster.nodes[0];
  ASSERT_TRUE(cluster.run(node.quorum.write(node.parts.blind("k", "v1"))));
  const uint64_t written_ms = cluster.run(node.quorum.read("k")).value()->modified_ms;
  for (auto& other : cluster.nodes) other->parts.clock.ms += 5000;
  Write edit = node.parts.conditional("k", "v1", "v1 with tags");
  edit.keeps_modified = true;
  EXPECT_EQ(cluster.run(node.quorum.write(std::move(edit)))->modified_ms, written_ms);
  EXPECT_EQ(cluster.run(node.quorum.read("k")).value()->modified_ms, written_ms);
  ASSERT_TRUE(cluster.run(node.quorum.write(node.parts.conditional("k", "v1 with tags", "v2"))));
  EXPECT_EQ(cluster.run(node.quorum.read("k")).value()->modified_ms, written_ms + 5000);
}

TEST(QuorumRegister, SixteenRacingWritersHaveAtMostOneWinner) {
  Cluster cluster;
  int rounds_won = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string key = "race" + std::to_string(round);
    int won = 0, lost = 0;
    runtime::Loop::Scope scope(&cluster.loop);
    runtime::TaskGroup group;
    for (size_t i = 0; i < 16; ++i) {
      auto& node = *cluster.nodes[i % kNodes];
      group.spawn(race(node.quorum, node.parts.conditional(key, std::nullopt, std::to_string(i)), won, lost));
    }
    while (group.running() > 0) cluster.loop.advance(1ms);
    EXPECT_LE(won, 1);
    rounds_won += won;
  }
  EXPECT_GT(rounds_won, 10);
}

TEST(QuorumRegister, ManyCompanionsReachAllReplicas) {
  Cluster cluster;
  Write write = cluster.blind("large");
  for (int page = 0; page < 300; ++page) {
    write.companions.push_back({kv::Family::kManifest, "page " + std::to_string(page), std::string(36'000, 'x')});
  }
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(std::move(write))));
  for (size_t node = 0; node < 3; ++node) {
    ASSERT_TRUE(cluster.stored(node)) << node;
    EXPECT_TRUE(*cluster.nodes[node]->parts.store.get(kv::Family::kManifest, "page 299")) << node;
  }
}

// Its own replica reads no messages: it alone would have the row, to be chosen by somebody later.
TEST(QuorumRegister, MoreCompanionsThanAMessageCarriesAreSentToNobody) {
  for (const bool conditional : {false, true}) {
    for (const size_t bytes : {size_t{10}, size_t{1} << 20}) {
      Cluster cluster;
      Write write = cluster.blind("large");
      write.conditional = conditional;
      for (size_t left = (24u << 20) / bytes; left > 0 && write.companions.size() < 2000; --left) {
        write.companions.push_back({kv::Family::kManifest, std::to_string(left), std::string(bytes, 'x')});
      }
      const auto written = cluster.run(cluster.nodes[0]->quorum.write(std::move(write)));
      ASSERT_FALSE(written);
      EXPECT_EQ(written.error().kind, ErrorKind::kUnsupported);
      for (size_t node = 0; node < 3; ++node) EXPECT_FALSE(cluster.stored(node)) << node;
    }
  }
}

TEST(QuorumRegister, AGhostIsSettledBeforeAnybodyHearsOfIt) {
  Cluster cluster;
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("old"))));
  // A write that reached one replica only, with a body beside it.
  cluster.down = {1, 2};
  for (auto& node : cluster.nodes) node->parts.schema.with_companions = true;
  auto& first = *cluster.nodes[0];
  Row ghost = *cluster.stored(0);
  ghost.ord.hybrid_ms += 10;
  ghost.uuid.bytes[5] ^= 1;
  ghost.value = "ghost";
  auto request = std::make_shared<Request>();
  request->operation = Operation::kInstall;
  request->stage = 1;
  request->key = "k";
  request->row = ghost;
  request->companions = {{kv::Family::kInline, std::string(ghost.uuid.view()), "body"}};
  ASSERT_TRUE(cluster.run(first.replica.handle(request)));
  cluster.down = {2};
  EXPECT_EQ(cluster.read(0), "ghost");
  EXPECT_EQ(*cluster.stored(1), ghost);  // written back unchanged, its companion too
  EXPECT_EQ(**cluster.nodes[1]->parts.store.get(kv::Family::kInline, ghost.uuid.view()), "body");
  cluster.down = {0};
  EXPECT_EQ(cluster.read(3), "ghost");
}

TEST(QuorumRegister, WhatAFullNodeHasAlreadyNeedsNoRoomThere) {
  Cluster cluster;
  cluster.down = {2};
  cluster.answers_into_the_void = 1;
  Write write = cluster.blind("mine");
  write.adds = true;
  const auto written = cluster.run(cluster.nodes[0]->quorum.write(std::move(write)));
  EXPECT_TRUE(written) << written.error().message;
  EXPECT_EQ(cluster.stored(1)->value, "mine");
}

TEST(QuorumRegister, AFalseConditionSettlesWhatItSaw) {
  Cluster cluster;
  auto& first = *cluster.nodes[0];
  Row ghost;
  ghost.ord = {first.parts.clock.ms, 1};
  ghost.uuid.bytes[5] = 1;
  ghost.value = "ghost";
  auto request = std::make_shared<Request>();
  request->operation = Operation::kInstall;
  request->stage = 1;
  request->key = "k";
  request->row = ghost;
  ASSERT_TRUE(cluster.run(first.replica.handle(request)));
  cluster.down = {2};
  EXPECT_EQ(cluster.run(first.quorum.write(cluster.conditional(std::nullopt, "mine"))).error().kind,
            ErrorKind::kPrecondition);
  EXPECT_EQ(cluster.stored(1)->uuid, ghost.uuid);
  EXPECT_EQ(cluster.stored(1)->kind, RowKind::kBallot);
  EXPECT_GT(cluster.stored(1)->ord, ghost.ord);
}

TEST(QuorumRegister, SettlingFreesARowFromADeadPromise) {
  Cluster cluster;
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("one"))));
  const Row before = *cluster.stored(0);
  auto prepare = std::make_shared<Request>();
  prepare->operation = Operation::kPrepare;
  prepare->stage = 1;
  prepare->key = "k";
  prepare->ballot = {before.ord.hybrid_ms + 1000, 5};
  ASSERT_TRUE(cluster.run(cluster.nodes[2]->replica.handle(prepare)));
  EXPECT_TRUE(cluster.run(cluster.nodes[0]->quorum.settle("k", prepare->ballot)));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(cluster.stored(i)->uuid, before.uuid);
    EXPECT_GT(cluster.stored(i)->ord, prepare->ballot);
    EXPECT_EQ(cluster.nodes[i]->parts.schema.derivations, 1);
  }
}

TEST(QuorumRegister, APlainWriteGoesAboveTheFenceOfOthers) {
  Cluster cluster;
  auto prepare = std::make_shared<Request>();
  prepare->operation = Operation::kPrepare;
  prepare->stage = 1;
  prepare->key = "k";
  prepare->ballot = {cluster.nodes[0]->parts.clock.ms + 60'000, 5};
  for (size_t i = 0; i < 3; ++i) ASSERT_TRUE(cluster.run(cluster.nodes[i]->replica.handle(prepare)));
  auto written = cluster.run(cluster.nodes[4]->quorum.write(cluster.blind("one")));
  ASSERT_TRUE(written);
  EXPECT_GT(written->ord, prepare->ballot);
  Write leased = cluster.blind("two");
  leased.ceiling = written->ord;
  EXPECT_EQ(cluster.run(cluster.nodes[4]->quorum.write(std::move(leased))).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(cluster.read(0), "one");
}

TEST(QuorumRegister, ABrokenClockPoisonsNothing) {
  Cluster cluster;
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("one"))));
  const Row before = *cluster.stored(1);
  cluster.nodes[4]->parts.clock.ms += 100 * OrdSource::kFutureMaxMs;
  EXPECT_EQ(cluster.run(cluster.nodes[4]->quorum.write(cluster.conditional("one", "two"))).error().kind,
            ErrorKind::kUnavailable);
  EXPECT_FALSE(cluster.run(cluster.nodes[4]->quorum.write(cluster.blind("two"))));
  EXPECT_EQ(*cluster.stored(1), before);
  EXPECT_EQ(cluster.read(4), "one");
}

// One replica alone took a row of the far future, as replicas did whose own clock was as wrong.
TEST(QuorumRegister, AKeyAheadOfAllClocksIsReadAndWrittenAllTheSame) {
  for (const size_t holder : {0u, 1u}) {
    Cluster cluster;
    ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("one"))));
    auto& node = *cluster.nodes[holder];
    auto install = std::make_shared<Request>();
    install->operation = Operation::kInstall;
    install->stage = 1;
    install->key = "k";
    install->row = *cluster.stored(0);
    install->row->ord.hybrid_ms += 6 * OrdSource::kFutureMaxMs;
    install->row->value = "far";
    node.parts.clock.ms += 6 * OrdSource::kFutureMaxMs;
    ASSERT_EQ(cluster.run(node.replica.handle(install))->verdict, Verdict::kDone);
    node.parts.clock.ms -= 6 * OrdSource::kFutureMaxMs;

    cluster.down = {2};
    EXPECT_EQ(cluster.read(0), "far");
    cluster.down = {holder};
    EXPECT_EQ(cluster.read(4), "far");  // it was settled before it was shown
    cluster.down = {};
    ASSERT_TRUE(cluster.run(cluster.nodes[4]->quorum.write(cluster.blind("two"))));
    ASSERT_TRUE(cluster.run(cluster.nodes[2]->quorum.write(cluster.conditional("two", "three"))));
    EXPECT_EQ(cluster.read(1), "three");
  }
}

// The first write of a cluster of one node: it begins before the placement shows that the node is alone.
TEST(QuorumRegister, WhoTurnsOutToBeAloneWaitsForNobodysClock) {
  Cluster cluster;
  auto& parts = cluster.nodes[0]->parts;
  OrdSource ords(parts.clock, parts.random, {.is_known = [] { return false; }});
  QuorumRegister fresh(id_of(0), &cluster.nodes[0]->replica, cluster, cluster.placement, ords, parts.random,
                       parts.schema);
  cluster.placement.sets = {1, {id_of(0)}, {{id_of(0)}}};
  cluster.placement.empty_looks = 3;
  EXPECT_TRUE(cluster.run(fresh.write(cluster.conditional(std::nullopt, "one"))));
  EXPECT_TRUE(cluster.run(fresh.write(cluster.blind("two"))));
}

TEST(QuorumRegister, ANodeThatDoesNotKnowTheTimeYetWritesNothing) {
  Cluster cluster;
  auto& parts = cluster.nodes[0]->parts;
  bool known = false;
  OrdSource ords(parts.clock, parts.random, {.is_known = [&known] { return known; }});
  QuorumRegister fresh(id_of(0), &cluster.nodes[0]->replica, cluster, cluster.placement, ords, parts.random,
                       parts.schema);
  const auto plain = cluster.run(fresh.write(cluster.blind("one")));
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().kind, ErrorKind::kUnavailable);
  const MonotonicTime before = cluster.loop.now();
  EXPECT_FALSE(cluster.run(fresh.write(cluster.conditional(std::nullopt, "one"))));
  EXPECT_LT(cluster.loop.now() - before, 2 * QuorumOptions{}.time_patience) << "it waits once, not in every round";
  for (size_t i = 0; i < 3; ++i) EXPECT_FALSE(cluster.stored(i));
  EXPECT_TRUE(cluster.run(fresh.read("k")));  // reading needs no time
  known = true;
  EXPECT_TRUE(cluster.run(fresh.write(cluster.blind("one"))));
}

TEST(QuorumRegister, BothWriteSetsCountDuringALayoutChange) {
  Cluster cluster;
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(cluster.blind("one"))));
  cluster.placement.sets = {
      2, {id_of(0), id_of(1), id_of(2)}, {{id_of(0), id_of(1), id_of(2)}, {id_of(0), id_of(3), id_of(4)}}};
  cluster.down = {3};
  ASSERT_TRUE(cluster.run(cluster.nodes[1]->quorum.write(cluster.conditional("one", "two"))));
  EXPECT_EQ(*cluster.stored(4)->value, "two");
  cluster.down = {3, 4};
  EXPECT_FALSE(cluster.run(cluster.nodes[1]->quorum.write(cluster.blind("three"))));
  EXPECT_FALSE(cluster.run(cluster.nodes[1]->quorum.write(cluster.conditional("two", "three"))));
}

TEST(PlacedRegister, TakesThePathThatThePlacementAsksFor) {
  Cluster cluster;
  cluster.placement.sets = {1, {id_of(0)}, {{id_of(0)}}};
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->placed.write(cluster.conditional(std::nullopt, "one"))));
  EXPECT_TRUE(cluster.calls.empty());
  EXPECT_FALSE(*cluster.nodes[0]->parts.store.get(kv::Family::kPromise, std::string("\x02k")));
  // From a gateway the same row takes messages, and leaves a promise.
  ASSERT_TRUE(cluster.run(cluster.nodes[4]->placed.write(cluster.conditional("one", "two"))));
  EXPECT_GE(cluster.calls[Operation::kPrepare], 1);
  EXPECT_TRUE(*cluster.nodes[0]->parts.store.get(kv::Family::kPromise, std::string("\x02k")));
  EXPECT_EQ(*(*cluster.run(cluster.nodes[0]->placed.read("k")))->value, "two");
  EXPECT_EQ(*(*cluster.run(cluster.nodes[4]->placed.read("k")))->value, "two");

  cluster.placement.sets = {2, {id_of(0)}, {{id_of(0)}, {id_of(1), id_of(2), id_of(3)}}};
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->placed.write(cluster.blind("three"))));
  EXPECT_EQ(*cluster.stored(0)->value, "three");
  EXPECT_TRUE(cluster.stored(1) || cluster.stored(2));
}

TEST(PlacedRegister, ALocalWriteOfAStageThatIsOverIsNotApplied) {
  Cluster cluster;
  auto& node = *cluster.nodes[0];
  Write write = cluster.blind("one");
  const Uuid uuid = write.uuid;
  EXPECT_FALSE(cluster.run(node.local.write_at_stage(write, cluster.placement, 0)));
  EXPECT_EQ(write.uuid, uuid);  // whole again
  EXPECT_TRUE(write.decision);
  EXPECT_FALSE(cluster.stored(0));
  EXPECT_TRUE(cluster.run(node.local.write_at_stage(write, cluster.placement, 1)));
  EXPECT_FALSE(cluster.run(node.local.read_at_stage("k", cluster.placement, 0)));
}

}  // namespace
}  // namespace garage::table
