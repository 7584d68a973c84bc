#include "table/hand_over.hpp"

#include <gtest/gtest.h>

#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::TestCluster;

constexpr uint64_t kKeys = 100;

std::string key_of(uint64_t n) {
  return "key" + std::to_string(n);
}

// Rows of the nodes 0, 1 and 2; then 2 is to go and 3 to come.
struct Fixture : TestCluster {
  struct Parts {
    Parts(Fixture& cluster, size_t index)
        : node(*cluster.nodes[index]),
          rows(id_of(index), node.replica, node.peers, cluster.placement, node.quorum),
          hand_over(id_of(index), node.parts.store, node.parts.pool) {
      hand_over.add(rows, cluster.placement);
      node.parts.schema.count_updates(updates);
    }
    Node& node;
    telemetry::Counter updates;
    SyncedRegister rows;
    HandOver hand_over;
  };

  Fixture() : TestCluster(4) {
    for (size_t i = 0; i < 4; ++i) parts.push_back(std::make_unique<Parts>(*this, i));
    for (uint64_t n = 0; n < kKeys; ++n) EXPECT_TRUE(put(n % 3, key_of(n), "one"));
  }
  void begin_change() {
    const ReplicaSet before{id_of(0), id_of(1), id_of(2)}, after{id_of(3), id_of(1), id_of(0)};
    placement.sets = {2, before, {before, after}};
  }
  Result<void> hand_over(size_t index, HandOverBy by = HandOverBy::kLook, uint64_t version = 2) {
    return run(parts[index]->hand_over.run(version, by));
  }
  uint64_t updates(size_t index) const { return parts[index]->updates.value(); }

  std::vector<std::unique_ptr<Parts>> parts;
};

TEST(HandOver, CopiesEachRowOnceToTheNodeThatIsNew) {
  Fixture cluster;
  cluster.begin_change();
  for (const size_t node : {0u, 1u, 2u}) ASSERT_TRUE(cluster.hand_over(node));
  for (uint64_t n = 0; n < kKeys; ++n) EXPECT_EQ(cluster.stored(3, key_of(n)), cluster.stored(0, key_of(n)));
  for (size_t node = 0; node < 4; ++node) EXPECT_EQ(cluster.updates(node), kKeys) << node;
}

TEST(HandOver, AnyOldHolderDoesWhatTheOthersHaveNotDone) {
  Fixture cluster;
  cluster.begin_change();
  ASSERT_TRUE(cluster.hand_over(2));
  for (uint64_t n = 0; n < kKeys; ++n) EXPECT_EQ(cluster.value_at(3, key_of(n)), "one");
}

TEST(HandOver, SettlesWhereARoundWasAsked) {
  Fixture cluster;
  cluster.begin_change();
  const Ord before = cluster.stored(0, key_of(1))->ord;
  ASSERT_TRUE(cluster.hand_over(0, HandOverBy::kRound));
  EXPECT_LT(before, cluster.stored(0, key_of(1))->ord);
  EXPECT_EQ(cluster.value_at(3, key_of(1)), "one");
}

// A ballot that was promised above the row may have been told that the row is as it is: nothing may slip in between.
TEST(HandOver, SettlesWhatAPromiseStandsAbove) {
  Fixture cluster;
  const Ord before = cluster.stored(0, key_of(1))->ord;
  Write refused = cluster.nodes[1]->parts.conditional(key_of(1), "another", "two");
  EXPECT_FALSE(cluster.run(cluster.nodes[1]->quorum.write(std::move(refused))));
  cluster.begin_change();
  ASSERT_TRUE(cluster.hand_over(0));
  for (const size_t node : {0u, 1u, 3u}) {
    EXPECT_LT(before, cluster.stored(node, key_of(1))->ord);
    EXPECT_EQ(cluster.value_at(node, key_of(1)), "one");
  }
}

// A row on one node alone may still become anything.
TEST(HandOver, SettlesWhatOneOldNodeHolds) {
  Fixture cluster;
  auto install = std::make_shared<Request>();
  install->operation = Operation::kInstall;
  install->stage = 1;
  install->key = key_of(2);
  install->row = *cluster.stored(0, key_of(2));
  const Ord before = install->row->ord;
  ++install->row->ord.hybrid_ms;
  install->row->value = "ghost";
  ASSERT_EQ(cluster.run(cluster.nodes[0]->replica.handle(install))->verdict, Verdict::kDone);
  cluster.begin_change();
  ASSERT_TRUE(cluster.hand_over(0));
  const auto chosen = cluster.stored(3, key_of(2));
  EXPECT_LT(before, chosen->ord);
  EXPECT_EQ(cluster.stored(1, key_of(2)), chosen);
}

TEST(HandOver, ANodeThatIsAwayGetsNothingAndKeepsNobodyWaiting) {
  Fixture cluster;
  cluster.begin_change();
  cluster.down = {3};  // the others are a majority of both sets
  ASSERT_TRUE(cluster.hand_over(0));
  cluster.down = {1};
  ASSERT_TRUE(cluster.hand_over(2));
  for (uint64_t n = 0; n < kKeys; ++n) EXPECT_EQ(cluster.value_at(3, key_of(n)), "one");
  cluster.down = {1, 3};
  EXPECT_FALSE(cluster.hand_over(0, HandOverBy::kLook, 3));
  cluster.down = {};
  EXPECT_TRUE(cluster.hand_over(0, HandOverBy::kLook, 3));
}

// With its row damaged on one node and another one away, no majority can tell what it is.
TEST(HandOver, ARowThatCannotBeHandedOverKeepsNoOtherFromIt) {
  Fixture cluster;
  const std::string bad = key_of(50);
  kv::Store& store = cluster.nodes[0]->parts.store;
  const std::string good = **store.get(kv::Family::kObject, bad);
  const auto put = [&](std::string value) {
    kv::Batch batch;
    batch.put(kv::Family::kObject, bad, std::move(value));
    ASSERT_TRUE(store.write(batch, kv::Durability::kSynced));
  };
  put("nonsense");
  cluster.begin_change();
  cluster.down = {2};
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(cluster.hand_over(0, HandOverBy::kRound));
  for (uint64_t n = 0; n < kKeys; ++n) {
    if (key_of(n) != bad) EXPECT_EQ(cluster.value_at(3, key_of(n)), "one") << n;
  }
  const auto updates = cluster.updates(1);
  put(good);
  ASSERT_TRUE(cluster.hand_over(0, HandOverBy::kRound));
  EXPECT_EQ(cluster.value_at(3, bad), "one");
  EXPECT_EQ(cluster.updates(1), updates + 1) << "those that were handed over are not again";
}

TEST(HandOver, BodiesComeAlong) {
  Fixture cluster;
  for (auto& node : cluster.nodes) node->parts.schema.with_companions = true;
  Write write = cluster.nodes[0]->parts.blind("body", "one");
  const std::string at(write.uuid.view());
  write.companions.push_back({kv::Family::kInline, at, "of one"});
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(std::move(write))));
  cluster.begin_change();
  for (uint64_t n = 0; n < kKeys; ++n) {
    kv::Batch batch;
    for (size_t node = 0; node < 3; ++node) {
      batch.put(kv::Family::kInline, std::string(cluster.stored(0, key_of(n))->uuid.view()), "of another");
      ASSERT_TRUE(cluster.nodes[node]->parts.store.write(batch, kv::Durability::kSynced));
    }
  }
  ASSERT_TRUE(cluster.hand_over(0));
  EXPECT_EQ(**cluster.nodes[3]->parts.store.get(kv::Family::kInline, at), "of one");
}

}  // namespace
}  // namespace garage::table
