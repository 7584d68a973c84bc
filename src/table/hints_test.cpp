#include "table/hints.hpp"

#include <gtest/gtest.h>

#include "table/hint_replayer.hpp"
#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::TestCluster;

struct Fixture : TestCluster {
  explicit Fixture(WireOptions wire = {})
      : hints(nodes[0]->parts.store, nodes[0]->parts.commits, {.bytes_max = 10'000}),
        peers(nodes[0]->caller, wire),
        rows(id_of(0), &nodes[0]->replica, peers, placement, nodes[0]->parts.ords, nodes[0]->parts.random,
             nodes[0]->parts.schema, {.call_timeout = 2s, .ablation = {}}, &hints),
        replayer(hints, nodes[0]->peers, nodes[0]->caller, nodes[0]->parts.pool) {
    replayer.add(kv::Family::kObject, placement, rows);
  }
  void write(std::string key, std::string value) {
    ASSERT_TRUE(run(rows.write(nodes[0]->parts.blind(std::move(key), std::move(value)))));
    for (int i = 0; i < 3; ++i) loop.advance(1s);  // what nobody waits for ends, too
  }
  Hints hints;
  WirePeers peers;
  QuorumRegister rows;
  HintReplayer replayer;
};

TEST(Hints, BringANodeWhatItMissed) {
  for (const bool silent : {false, true}) {
    Fixture cluster;
    (silent ? cluster.silent : cluster.down) = {2};
    cluster.write("a", "one");
    cluster.write("a", "two");
    cluster.write("b", "three");
    EXPECT_EQ(cluster.hints.nodes(), std::vector<NodeId>{id_of(2)});
    ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
    EXPECT_FALSE(cluster.stored(2, "a"));
    cluster.down = cluster.silent = {};
    ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
    EXPECT_EQ(cluster.value_at(2, "a"), "two");
    EXPECT_EQ(cluster.value_at(2, "b"), "three");
    EXPECT_TRUE(cluster.hints.nodes().empty());
    EXPECT_EQ(cluster.replayer.delivered(), 2u);  // only the newest of each row was kept
  }
}

TEST(Hints, ComeAtOnceWhereTooMuchWaitsForANode) {
  constexpr size_t kWrites = 8;
  for (const auto& [bytes, waiting] : {std::pair<size_t, size_t>{1000, 3}, {1, 4}}) {  // a small row is not for nothing
    Fixture cluster({.unanswered_install_bytes_max = 10'000});
    const auto key_of = [](size_t n) { return "k" + std::to_string(n); };
    const auto put = [&cluster, &key_of, size = bytes](size_t n) {
      auto write = cluster.nodes[0]->parts.blind(key_of(n), std::string(size, 'v'));
      ASSERT_TRUE(cluster.run(cluster.rows.write(std::move(write)))) << n;
    };
    cluster.silent = {2};
    for (size_t n = 0; n < kWrites; ++n) put(n);
    std::vector<std::string> damaged;
    EXPECT_EQ(cluster.hints.read(id_of(2), "", 100, damaged)->size(), kWrites - waiting);
    EXPECT_EQ(cluster.peers.held_back(), kWrites - waiting);
    cluster.loop.advance(3s);
    EXPECT_EQ(cluster.hints.read(id_of(2), "", 100, damaged)->size(), kWrites);

    cluster.silent = {};
    put(kWrites);
    EXPECT_TRUE(cluster.stored(2, key_of(kWrites))) << "what was given up waits no more";
    ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
    for (size_t n = 0; n < kWrites; ++n) EXPECT_TRUE(cluster.stored(2, key_of(n))) << n;
    EXPECT_TRUE(cluster.hints.nodes().empty());
  }
}

TEST(Hints, AWriteThatIsLargerThanTheRoomGoesAlone) {
  Fixture cluster({.unanswered_install_bytes_max = 1});
  for (const char* key : {"a", "b"}) {
    cluster.write(key, std::string(1000, 'v'));
    EXPECT_TRUE(cluster.stored(1, key) && cluster.stored(2, key));
  }
  EXPECT_EQ(cluster.peers.held_back(), 0u);
}

TEST(Hints, NobodyIsHintedWhereAllHaveIt) {
  Fixture cluster;
  cluster.write("a", "one");
  EXPECT_TRUE(cluster.hints.nodes().empty());
}

TEST(Hints, AreForgottenWhereTheNodeKeepsTheRowNoMore) {
  Fixture cluster;
  cluster.down = {2};
  cluster.write("a", "one");
  cluster.placement.sets = {2, {id_of(0), id_of(1)}, {{id_of(0), id_of(1)}}};
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_TRUE(cluster.hints.nodes().empty());
}

TEST(Hints, AreBoundedAndCountedAgainAfterARestart) {
  Fixture cluster;
  cluster.down = {2};
  for (int i = 0; i < 30; ++i) cluster.write("k" + std::to_string(i), std::string(1000, 'v'));
  const uint64_t bytes = cluster.hints.bytes_for(id_of(2));
  EXPECT_GT(bytes, 9'000u);
  EXPECT_LT(bytes, 12'000u);
  EXPECT_GT(cluster.hints.dropped(), 15u);
  Hints again(cluster.nodes[0]->parts.store, cluster.nodes[0]->parts.commits);
  ASSERT_TRUE(again.load());
  EXPECT_EQ(again.bytes_for(id_of(2)), bytes);
}

TEST(Hints, WhatIsRefusedIsSettled) {
  Fixture cluster;
  cluster.down = {2};
  cluster.write("a", "one");
  auto prepare = std::make_shared<Request>();
  prepare->operation = Operation::kPrepare;
  prepare->stage = 1;
  prepare->key = "a";
  prepare->ballot = {cluster.nodes[0]->parts.clock.ms + 60'000, 5};
  ASSERT_TRUE(cluster.run(cluster.nodes[2]->replica.handle(prepare)));
  cluster.down = {};
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_EQ(cluster.value_at(2, "a"), "one");
  EXPECT_GT(cluster.stored(2, "a")->ord, prepare->ballot);
  EXPECT_TRUE(cluster.hints.nodes().empty());
}

TEST(Hints, OneThatCannotBeDeliveredKeepsNoOthersFromIt) {
  Fixture cluster;
  cluster.down = {2};
  const auto key_of = [](int n) { return "key" + std::to_string(100 + n); };
  for (int n = 0; n < 80; ++n) cluster.write(key_of(n), "one");
  cluster.down = {};
  kv::Batch damage;
  for (const int n : {0, 40}) damage.put(kv::Family::kObject, key_of(n), "nonsense");
  ASSERT_TRUE(cluster.nodes[2]->parts.store.write(damage, kv::Durability::kSynced));
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_EQ(cluster.replayer.delivered(), 78u);
  EXPECT_EQ(cluster.value_at(2, key_of(79)), "one");
  EXPECT_EQ(cluster.hints.nodes(), std::vector<NodeId>{id_of(2)}) << "two are left";
}

TEST(Hints, WhoHasNoRoomIsToldOfDeletionsOnly) {
  Fixture cluster;
  cluster.down = {2};
  const auto write = [&cluster](std::string key, std::optional<std::string> value) {
    Write write = cluster.nodes[0]->parts.blind(std::move(key), "");
    write.adds = value.has_value();
    write.decision = always(std::move(value));
    ASSERT_TRUE(cluster.run(cluster.rows.write(std::move(write))));
    cluster.loop.advance(3s);
  };
  for (int n = 0; n < 40; ++n) write("key" + std::to_string(100 + n), "one");
  write("z", std::nullopt);
  cluster.down = {};
  auto& full = *cluster.nodes[2];
  full.parts.store.set_short_of_space(true);
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_TRUE(cluster.stored(2, "z"));
  EXPECT_LT(full.parts.commits.stats().changes, 36u) << "one refusal speaks for others";
  const uint64_t changes = full.parts.commits.stats().changes;
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_EQ(full.parts.commits.stats().changes, changes) << "it is left alone for a while";
  full.parts.store.set_short_of_space(false);
  cluster.loop.advance(2min);
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_EQ(cluster.value_at(2, "key139"), "one");
  EXPECT_TRUE(cluster.hints.nodes().empty());
}

TEST(Hints, WhoseDiskFailsIsLeftAloneForAWhile) {
  Fixture cluster;
  cluster.down = {2};
  for (int n = 0; n < 200; ++n) cluster.write("key" + std::to_string(100 + n), "one");
  cluster.down = {};
  auto& broken = *cluster.nodes[2];
  broken.parts.store.fail_next_writes(ErrorKind::kIo, 1000);
  for (int round = 0; round < 5; ++round) ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_LT(broken.parts.commits.stats().changes, 50u);
  broken.parts.store.fail_next_writes(ErrorKind::kIo, 0);
  cluster.loop.advance(2min);
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_TRUE(cluster.hints.nodes().empty());
}

TEST(Hints, DamagedOnesAreThrownAway) {
  Fixture cluster;
  cluster.down = {2};
  cluster.write("a", "one");
  kv::Batch damage;
  std::vector<std::string> damaged;
  auto stored = cluster.hints.read(id_of(2), "", 10, damaged);
  ASSERT_EQ(stored->size(), 1u);
  damage.put(kv::Family::kQueue, (*stored)[0].key, std::string((*stored)[0].value.size(), 'x'));
  ASSERT_TRUE(cluster.nodes[0]->parts.store.write(damage, kv::Durability::kSynced));
  cluster.down = {};
  ASSERT_TRUE(cluster.run(cluster.replayer.run_once()));
  EXPECT_TRUE(cluster.hints.nodes().empty());
  EXPECT_FALSE(cluster.stored(2, "a"));
}

}  // namespace
}  // namespace garage::table
