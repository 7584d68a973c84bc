// A bucket on three nodes is closed to clients and looked through, so that it can be deleted.
#include <gtest/gtest.h>

#include "object/testing/object_cluster.hpp"

namespace garage::object {
namespace {

using namespace testing;

struct ClosingTest : ::testing::Test {
  ObjectCluster cluster;
  const Uuid attempt = cluster.members[0]->random.id<Uuid>();

  int renewed = 0;
  Result<void> renewal;
  const std::function<Task<Result<void>>()> renew = [this] { return say_renewed(this); };

  static Task<Result<void>> say_renewed(ClosingTest* test) {
    ++test->renewed;
    co_return test->renewal;
  }
  Result<void> close(size_t at) {
    return cluster.run(cluster.members[at]->objects->close_bucket(cluster.bucket, attempt, "row", renew));
  }
  void reopen() {
    for (auto& member : cluster.members) member->held.reset();
  }
  // Only this node has it, and nobody was told that it was stored.
  void leave_ghost(size_t at, const std::string& key) {
    // As repair would put it.
    auto row = table::Row{};
    row.ord = {cluster.members[at]->ords.now_ms(), 7};
    row.uuid = cluster.members[at]->random.id<Uuid>();
    model::ObjectVersion version;
    version.bytes = version.body.bytes = 1;
    version.body.owner = row.uuid;
    version.body.is_inline = true;
    row.value = model::encode_object_version(version);
    auto install = std::make_shared<table::Request>();
    install->operation = table::Operation::kInstall;
    install->stage = 1;
    install->key =
        table::object_row_key(cluster.bucket.id, table::shard_of(cluster.bucket.id, key, cluster.bucket.spread), key);
    install->companions = {{kv::Family::kInline, std::string(row.uuid.view()), "x"}};
    install->row = std::move(row);
    ASSERT_OK(cluster.run(cluster.members[at]->tables[0]->replica.handle(install)));
  }
};

TEST_F(ClosingTest, WhatIsClosedTakesNothing) {
  ASSERT_OK(cluster.put(0, "before", "x"));
  ASSERT_OK(cluster.remove(0, "before"));
  ASSERT_OK(close(1));
  EXPECT_FALSE(cluster.put(0, "k", "x"));
  EXPECT_FALSE(cluster.put(2, "k", noise(1, 20'000)));
  EXPECT_FALSE(cluster.run(cluster.members[0]->objects->create_upload({cluster.bucket, "k", {}, "", {}, {}})));
  cluster.world.bucket_exists = false;
  EXPECT_EQ(cluster.put(0, "k", "x").error().kind, ErrorKind::kNotFound);
  cluster.world.bucket_exists = true;
  reopen();
  EXPECT_OK(cluster.put(0, "k", "x"));
}

// Two round trips to each of the others, the first of which only reads, and one batch on each disk.
TEST_F(ClosingTest, WritersPayNothing) {
  ASSERT_OK(cluster.put(0, "before", "x"));
  const auto questions = [this](size_t at) { return cluster.world.board.ports[node_id(at)].questions; };
  const auto batches = [this](size_t at) { return cluster.members[at]->node.commits.stats().batches; };
  const size_t asked = questions(1) + questions(2);
  const std::vector<uint64_t> written{batches(0), batches(1), batches(2)};
  ASSERT_OK(cluster.put(0, "k", "x"));
  EXPECT_EQ(questions(1) + questions(2) - asked, 4u);
  for (size_t at = 0; at < ObjectCluster::kNodes; ++at) EXPECT_EQ(batches(at) - written[at], 1u) << at;
}

TEST_F(ClosingTest, ObjectsKeepABucket) {
  ASSERT_OK(cluster.put(0, "k", "x"));
  EXPECT_EQ(close(1).error().kind, ErrorKind::kExists);
  reopen();
  for (int i = 0; i < 200; ++i) ASSERT_OK(cluster.put(0, "k" + std::to_string(i), "x"));
  EXPECT_EQ(close(2).error().kind, ErrorKind::kExists);
}

TEST_F(ClosingTest, AnUploadIsNotCompletedIntoIt) {
  auto& objects = *cluster.members[0]->objects;
  const auto upload = cluster.run(objects.create_upload({cluster.bucket, "k", {}, "", {}, {}})).value();
  StringSource source("a part");
  const auto part = cluster.run(objects.put_part({cluster.bucket, "k", upload.id, 1, {}, {}}, source)).value();
  CompleteRequest complete;
  complete.bucket = cluster.bucket;
  complete.key = "k";
  complete.upload = upload.id;
  complete.parts.push_back({1, part.md5, {}});
  CompleteRequest again = complete, late = complete;
  ASSERT_OK(close(1));
  EXPECT_FALSE(cluster.run(objects.complete_upload(std::move(complete))));
  reopen();
  ASSERT_OK(cluster.run(objects.complete_upload(std::move(again))));
  // To say again that it was done is to promise it again.
  EXPECT_EQ(close(1).error().kind, ErrorKind::kExists);
  EXPECT_FALSE(cluster.run(objects.complete_upload(std::move(late))));
}

// Who changes tags, or asks again for a completion, asks too whether the bucket takes writes: it may be him who takes
// back a mark that nobody ends.
TEST_F(ClosingTest, EveryWayInAsksForTheBucket) {
  auto& objects = *cluster.members[0]->objects;
  const auto upload = cluster.run(objects.create_upload({cluster.bucket, "k", {}, "", {}, {}})).value();
  StringSource source("a part");
  const auto part = cluster.run(objects.put_part({cluster.bucket, "k", upload.id, 1, {}, {}}, source)).value();
  CompleteRequest complete;
  complete.bucket = cluster.bucket;
  complete.key = "k";
  complete.upload = upload.id;
  complete.parts.push_back({1, part.md5, {}});
  ASSERT_OK(cluster.run(objects.complete_upload(complete)));
  const VersionEdit edit = [](model::ObjectVersion&) -> Result<void> { return {}; };
  ASSERT_OK(cluster.run(objects.edit(cluster.bucket, "k", edit)));
  cluster.world.bucket_exists = false;
  EXPECT_EQ(cluster.run(objects.complete_upload(complete)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(cluster.run(objects.edit(cluster.bucket, "k", edit)).error().kind, ErrorKind::kNotFound);
}

TEST_F(ClosingTest, AMajorityMustTell) {
  cluster.up(2, false);
  EXPECT_OK(close(0));
  cluster.up(1, false);
  EXPECT_EQ(close(0).error().kind, ErrorKind::kUnavailable);
}

// A copy of which nobody knows is decided on: it lives from now on, or never.
TEST_F(ClosingTest, WhatOneReplicaHasIsSettled) {
  for (size_t at = 0; at < ObjectCluster::kNodes; ++at) {
    leave_ghost(at, "ghost");
    const auto closed = close(0);
    const bool lives = !closed && closed.error().kind == ErrorKind::kExists;
    EXPECT_TRUE(closed || lives);
    reopen();
    EXPECT_EQ(cluster.keys(1), lives ? std::vector<std::string>{"ghost"} : std::vector<std::string>{}) << at;
    ASSERT_OK(cluster.remove(0, "ghost"));
  }
}

// It missed that they were removed, and its word is needed.
TEST_F(ClosingTest, AReplicaThatIsBehindIsNoHindrance) {
  constexpr int kObjects = 100;  // more than fit one answer
  for (int i = 0; i < kObjects; ++i) ASSERT_OK(cluster.put(0, "k" + std::to_string(i), "x"));
  cluster.up(2, false);
  for (int i = 0; i < kObjects; ++i) ASSERT_OK(cluster.remove(0, "k" + std::to_string(i)));
  cluster.up(2, true);
  cluster.up(1, false);
  EXPECT_OK(close(0));
  cluster.up(1, true);
  reopen();
  EXPECT_TRUE(cluster.keys(2).empty());
}

TEST_F(ClosingTest, ALongLookRenewsTheMark) {
  cluster.up(2, false);
  cluster.world.board.ports[node_id(1)].delay = 9s;
  EXPECT_OK(close(0));
  EXPECT_EQ(renewed, 2);
  // Whatever becomes of it, but that another attempt has come.
  renewal = fail(ErrorKind::kUnavailable, "no quorum");
  EXPECT_OK(close(0));
  renewal = fail(ErrorKind::kConflict, "another attempt");
  EXPECT_EQ(close(0).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(renewed, 5);
}

TEST_F(ClosingTest, DamagedRowsAreNoAbsence) {
  ASSERT_OK(cluster.put(0, "k", "x"));
  ASSERT_OK(cluster.remove(0, "k"));
  cluster.up(2, false);
  auto& store = cluster.machines[1]->store;
  auto rows = store.iterate(kv::Family::kObject, {});
  rows->seek("");
  ASSERT_TRUE(rows->valid());
  kv::Batch batch;
  batch.put(kv::Family::kObject, std::string(rows->key()), "damaged");
  ASSERT_OK(store.write(batch, kv::Durability::kSynced));
  EXPECT_EQ(close(0).error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace garage::object
