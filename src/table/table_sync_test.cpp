#include "table/table_sync.hpp"

#include <gtest/gtest.h>

#include "runtime/task_group.hpp"
#include "table/partition_walk.hpp"
#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::key_of;
using testing::TestCluster;

struct Fixture : TestCluster {
  struct Sync {
    Sync(Fixture& cluster, size_t index)
        : node(*cluster.nodes[index]),
          keeper(node.parts.store, node.parts.commits),
          digests(node.parts.store, node.parts.pool, keeper),
          rows(id_of(index), node.replica, node.peers, cluster.placement, node.quorum),
          sync(id_of(index), node.caller, keeper, digests) {
      keeper.add(rows);
      digests.add(rows);
      sync.add(rows, cluster.placement);
      node.parts.schema.keep_digests(keeper);
      node.service.add(kDigestOperation, digests);
      EXPECT_TRUE(cluster.run(keeper.switch_on()));
      EXPECT_TRUE(*cluster.run(keeper.count_some(kv::Family::kObject)));  // nothing is there yet
    }
    Node& node;
    DigestKeeper keeper;
    DigestReplica digests;
    SyncedRegister rows;
    TableSync sync;
  };

  explicit Fixture(size_t count = 3) : TestCluster(count) {
    for (size_t i = 0; i < count; ++i) syncs.push_back(std::make_unique<Sync>(*this, i));
  }
  void round(size_t index) {
    runtime::Loop::Scope scope(&loop);
    runtime::TaskGroup group;
    group.spawn(syncs[index]->sync.run_once());
    while (group.running() > 0) loop.advance(1ms);
  }
  bool equal(size_t a, size_t b, uint64_t keys) {
    for (uint64_t n = 0; n < keys; ++n) {
      if (stored(a, key_of(n)) != stored(b, key_of(n))) return false;
    }
    return true;
  }
  std::vector<std::unique_ptr<Sync>> syncs;
};

TEST(TableSync, ANodeThatWasAwayLearnsWhatItMissed) {
  Fixture cluster;
  for (uint64_t n = 0; n < 60; ++n) ASSERT_TRUE(cluster.put(0, key_of(n), "one"));
  cluster.round(0);
  EXPECT_EQ(cluster.syncs[0]->sync.stats().partitions_different, 0u);
  cluster.down = {2};
  for (uint64_t n = 40; n < 100; ++n)
    ASSERT_TRUE(cluster.put(0, key_of(n), n % 5 ? std::optional("two") : std::nullopt));
  cluster.down = {};
  EXPECT_FALSE(cluster.equal(0, 2, 100));
  cluster.round(2);  // it asks
  EXPECT_TRUE(cluster.equal(0, 2, 100));
  EXPECT_EQ(cluster.syncs[2]->sync.stats().rows_pulled, 60u);
  EXPECT_EQ(cluster.syncs[2]->sync.stats().failures, 0u);
  cluster.round(2);
  EXPECT_EQ(cluster.syncs[2]->sync.stats().rows_pulled, 60u);
}

TEST(TableSync, WhoWasAwayInARoundIsComparedWithSoonAfterItIsBack) {
  Fixture cluster;
  cluster.down = {2};
  for (uint64_t n = 0; n < 30; ++n) ASSERT_TRUE(cluster.put(0, key_of(n), "one"));
  TableSync& sync = cluster.syncs[0]->sync;
  runtime::Loop::Scope scope(&cluster.loop);
  sync.start();
  cluster.loop.advance(2min);
  ASSERT_EQ(sync.stats().rounds, 1u);
  cluster.down = {};
  cluster.loop.advance(2min);
  EXPECT_TRUE(cluster.equal(0, 2, 30));
  const uint64_t compared = sync.stats().partitions_compared;
  cluster.loop.advance(4min);
  EXPECT_EQ(sync.stats().partitions_compared, compared) << "once";
  EXPECT_EQ(sync.stats().rounds, 1u);
  runtime::TaskGroup stopping;
  stopping.spawn(sync.stop());
  cluster.loop.advance(1s);
  EXPECT_EQ(stopping.running(), 0u);
}

TEST(TableSync, TheOthersPushToWhoeverDoesNotAsk) {
  Fixture cluster;
  cluster.down = {2};
  for (uint64_t n = 0; n < 30; ++n) ASSERT_TRUE(cluster.put(0, key_of(n), "one"));
  cluster.down = {};
  EXPECT_FALSE(cluster.stored(2, key_of(1)));
  cluster.round(0);
  EXPECT_EQ(cluster.syncs[0]->sync.stats().rows_pushed, 30u);
  EXPECT_TRUE(cluster.equal(0, 2, 30));
}

TEST(TableSync, ARowBehindADeadPromiseIsSettled) {
  Fixture cluster;
  cluster.down = {2};
  ASSERT_TRUE(cluster.put(0, key_of(1), "one"));
  auto prepare = std::make_shared<Request>();
  prepare->operation = Operation::kPrepare;
  prepare->stage = 1;
  prepare->key = key_of(1);
  prepare->ballot = {cluster.nodes[0]->parts.clock.ms + 60'000, 5};
  ASSERT_TRUE(cluster.run(cluster.nodes[2]->replica.handle(prepare)));
  cluster.down = {};
  for (size_t i = 0; i < 3; ++i) cluster.round(i);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(cluster.value_at(i, key_of(1)), "one");
    EXPECT_GT(cluster.stored(i, key_of(1))->ord, prepare->ballot);
  }
}

// What lies behind a damaged row may have been a vote: its replica must not answer as one that never saw the row.
TEST(TableSync, ADamagedRowIsNoVoteAndTheOthersAnswer) {
  Fixture cluster;
  ASSERT_TRUE(cluster.put(0, key_of(1), "one"));
  kv::Store& store = cluster.nodes[2]->parts.store;
  kv::Batch batch;
  batch.put(kv::Family::kObject, key_of(1), "nonsense");
  ASSERT_TRUE(store.write(batch, kv::Durability::kSynced));

  const auto read_via = [&](size_t index) { return cluster.run(cluster.nodes[index]->quorum.read(key_of(1))); };
  for (size_t index = 0; index < 3; ++index) {
    const auto row = read_via(index);
    ASSERT_TRUE(row && *row) << index;
    EXPECT_EQ((*row)->value, "one") << index;
  }
  ASSERT_TRUE(cluster.put(0, key_of(1), "two"));

  cluster.down = {1};
  EXPECT_FALSE(cluster.put(0, key_of(1), "three"));
  EXPECT_FALSE(read_via(0));
  EXPECT_EQ(*store.get(kv::Family::kObject, key_of(1)), "nonsense");
  cluster.down = {};
  EXPECT_EQ(cluster.value_at(1, key_of(1)), "two");
}

TEST(TableSync, CompanionsComeAlong) {
  Fixture cluster;
  for (auto& node : cluster.nodes) node->parts.schema.with_companions = true;
  cluster.down = {2};
  Write write = cluster.nodes[0]->parts.blind(key_of(1), "v");
  write.companions = {{kv::Family::kInline, std::string(write.uuid.view()), "body"}};
  const Uuid uuid = write.uuid;
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.write(std::move(write))));
  cluster.down = {};
  cluster.round(2);
  EXPECT_EQ(*cluster.nodes[2]->parts.store.get(kv::Family::kInline, uuid.view()), "body");
}

TEST(TableSync, ManyRowsAreComparedPageByPage) {
  Fixture cluster;
  cluster.down = {2};
  for (uint64_t n = 0; n < 5000; ++n) ASSERT_TRUE(cluster.put(0, key_of(n * 8), "one"));  // all in one partition
  cluster.down = {};
  cluster.round(2);
  EXPECT_EQ(cluster.syncs[2]->sync.stats().rows_pulled, 5000u);
  for (uint64_t n = 0; n < 5000; n += 37) EXPECT_EQ(cluster.value_at(2, key_of(n * 8)), "one");
}

TEST(PartitionWalk, FindsTheRowsOfItsPartitionOnly) {
  Fixture cluster;
  for (uint64_t n = 0; n < 80; ++n) ASSERT_TRUE(cluster.put(0, key_of(n), "one"));
  kv::Store& store = cluster.nodes[1]->parts.store;
  std::string behind;
  size_t found = 0;
  PartitionWalk walk(store, kv::Family::kObject, partition_of(BucketId{}, 3), "");
  for (; walk.valid(); walk.next()) {
    EXPECT_EQ(partition_of_row(kv::Family::kObject, walk.key()), partition_of(BucketId{}, 3));
    if (++found == 4) behind = walk.key();
  }
  EXPECT_EQ(found, 10u);
  PartitionWalk rest(store, kv::Family::kObject, partition_of(BucketId{}, 3), behind);
  for (found = 0; rest.valid(); rest.next()) ++found;
  EXPECT_EQ(found, 6u);
}

}  // namespace
}  // namespace garage::table
