// Uploads that nothing completes any more.
#include <gtest/gtest.h>

#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::TestCluster;

Uuid upload_number(unsigned char n) {
  Uuid out;
  out.bytes[7] = n;
  return out;
}

Write completion(TestCluster& cluster, size_t via, const Uuid& upload) {
  Write write = cluster.nodes[via]->parts.conditional("k", std::nullopt, "completed");
  write.unless_aborted = upload;
  return write;
}

TEST(Aborted, NothingCompletesAnAbortedUpload) {
  TestCluster cluster;
  cluster.down = {2};
  auto settled = cluster.run(cluster.nodes[0]->quorum.settle("k", SettleOptions{{}, upload_number(1)}));
  ASSERT_TRUE(settled);
  EXPECT_FALSE(settled->row.value);
  cluster.down = {0};
  auto late = cluster.run(cluster.nodes[2]->quorum.write(completion(cluster, 2, upload_number(1))));
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().kind, ErrorKind::kUnknownOutcome);
  EXPECT_FALSE(cluster.value_at(1, "k"));
  cluster.down = {};
  EXPECT_EQ(cluster.run(cluster.nodes[2]->quorum.write(completion(cluster, 2, upload_number(1)))).error().kind,
            ErrorKind::kNotFound);
  // Another upload of the same key is not concerned, nor are other writes.
  ASSERT_TRUE(cluster.run(cluster.nodes[2]->quorum.write(completion(cluster, 2, upload_number(2)))));
  ASSERT_TRUE(cluster.put(1, "k", "plain"));
}

TEST(Aborted, WithoutTheRuleALateCompletionIsDecided) {
  QuorumOptions options;
  options.ablation.aborted_ignored = true;
  TestCluster cluster(3, options);
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.settle("k", SettleOptions{{}, upload_number(1)})));
  EXPECT_TRUE(cluster.run(cluster.nodes[2]->quorum.write(completion(cluster, 2, upload_number(1)))));
}

TEST(Aborted, TheRoundTellsWhetherTheUploadWasCompletedBefore) {
  TestCluster cluster;
  cluster.down = {0};
  ASSERT_TRUE(cluster.run(cluster.nodes[1]->quorum.write(completion(cluster, 1, upload_number(1)))));
  cluster.down = {1};
  auto settled = cluster.run(cluster.nodes[0]->quorum.settle("k", SettleOptions{{}, upload_number(1)}));
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->row.value, "completed");
  EXPECT_EQ(settled->row.ord, settled->ballot);
  EXPECT_EQ(cluster.stored(0, "k")->ord, settled->ballot);
}

// The marks stay with the old nodes. Who has looked before the change must not be decided by the new ones.
TEST(Aborted, ACompletionThatSleptThroughALayoutChangeLooksAgain) {
  TestCluster cluster(6);
  ASSERT_TRUE(cluster.run(cluster.nodes[0]->quorum.settle("k", SettleOptions{{}, upload_number(1)})));
  const ReplicaSet before = cluster.placement.sets.read, after{id_of(3), id_of(4), id_of(5)};
  const auto complete = [&cluster](uint64_t looked_at_stage) {
    Write write = completion(cluster, 0, upload_number(1));
    write.looked_at_stage = looked_at_stage;
    return cluster.run(cluster.nodes[0]->quorum.write(std::move(write)));
  };
  cluster.placement.sets = {2, before, {before, after}};
  EXPECT_EQ(complete(1).error().kind, ErrorKind::kNotFound);
  cluster.placement.sets = {4, after, {after}};
  const auto late = complete(1);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kUnavailable);
  for (size_t node = 0; node < 6; ++node) EXPECT_FALSE(cluster.value_at(node, "k")) << node;
  EXPECT_TRUE(complete(3));  // it has looked once more

  cluster.placement.sets = {7, {id_of(0)}, {{id_of(0)}}};
  Write alone = completion(cluster, 0, upload_number(2));
  alone.looked_at_stage = 5;
  EXPECT_EQ(cluster.run(cluster.nodes[0]->placed.write(std::move(alone))).error().kind, ErrorKind::kUnavailable);
}

// The completion has sent installs that reached one replica; then the upload is aborted; then it looks again.
TEST(Aborted, ACompletionUnderWayLearnsWhatBecameOfIt) {
  for (const bool abort_sees_it : {false, true}) {
    TestCluster cluster;
    Write write = completion(cluster, 0, upload_number(1));
    Row ghost;
    ghost.ord = {cluster.nodes[0]->parts.clock.ms, 3};
    ghost.kind = RowKind::kBallot;
    ghost.uuid = write.uuid;
    ghost.value = "completed";
    auto install = std::make_shared<Request>();
    install->operation = Operation::kInstall;
    install->stage = 1;
    install->key = "k";
    install->row = ghost;
    ASSERT_TRUE(cluster.run(cluster.nodes[2]->replica.handle(install)));
    cluster.down = {abort_sees_it ? 1u : 2u};
    auto settled = cluster.run(cluster.nodes[0]->quorum.settle("k", SettleOptions{{}, upload_number(1)}));
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->row.uuid == write.uuid, abort_sees_it);
    cluster.down = {};
    auto row = cluster.run(cluster.nodes[1]->quorum.read("k"));
    ASSERT_TRUE(row);
    EXPECT_EQ(*row && (*row)->value, abort_sees_it);
  }
}

TEST(Aborted, TheLocalPathAgrees) {
  TestCluster cluster;
  cluster.placement.sets = {1, {id_of(0)}, {{id_of(0)}}};
  auto& node = *cluster.nodes[0];
  ASSERT_TRUE(cluster.run(node.placed.write(node.parts.blind("k", "one"))));
  const Ord before = cluster.stored(0, "k")->ord;
  auto settled = cluster.run(node.placed.settle("k", SettleOptions{{before.hybrid_ms + 100, 0}, upload_number(1)}));
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->row.value, "one");
  EXPECT_GT(settled->ballot.hybrid_ms, before.hybrid_ms + 100);
  EXPECT_EQ(cluster.stored(0, "k")->ord, settled->ballot);
  Write write = node.parts.conditional("k", "one", "completed");
  write.unless_aborted = upload_number(1);
  EXPECT_EQ(cluster.run(node.placed.write(std::move(write))).error().kind, ErrorKind::kNotFound);
  // So do gateways.
  Write remote = cluster.nodes[1]->parts.conditional("k", "one", "completed");
  remote.unless_aborted = upload_number(1);
  EXPECT_EQ(cluster.run(cluster.nodes[1]->placed.write(std::move(remote))).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(node.parts.schema.derivations, 1);
}

}  // namespace
}  // namespace garage::table
