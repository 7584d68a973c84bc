#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/node_identity.hpp"
#include "admin/testing/admin_node.hpp"
#include "admin/testing/fake_cluster.hpp"
#include "env/small_file.hpp"
#include "layout/testing/some_layouts.hpp"

namespace garage::admin {
namespace {

using ::testing::HasSubstr;

class LayoutOperations : public ::testing::Test, public testing::AdminNode {
 protected:
  std::string self() const { return facts.id.hex(); }
  std::string role(const std::string& rest) const { return R"({"roles": [{"id": ")" + self() + "\", " + rest + "}]}"; }
};

TEST_F(LayoutOperations, NothingCanBeMadeBeforeALayout) {
  EXPECT_EQ(bad("CreateBucket", R"({"globalAlias": "media"})"), "LayoutNotReady (503)");
  // Nor looked for: there is nothing, and nobody to ask.
  for (const char* operation : {"ListBuckets", "ListKeys"})
    EXPECT_EQ(bad(operation), "LayoutNotReady (503)") << operation;
  for (const char* operation : {"GetBucketInfo", "GetKeyInfo", "GetAdminTokenInfo"})
    EXPECT_EQ(bad(operation, R"({"search": "some"})"), "LayoutNotReady (503)") << operation;
  EXPECT_THAT(message("CreateKey"), HasSubstr("garage layout assign -z dc1 -c 100G abababababababab"));
  EXPECT_EQ(
      codec::to_json(good("GetClusterHealth")),
      R"({"status":"unavailable","knownNodes":1,"connectedNodes":1,"storageNodes":0,"storageNodesUp":0,"partitions":0,"partitionsQuorum":0,"partitionsAllOk":0})");
  EXPECT_EQ(
      codec::to_json(good("GetClusterLayout")),
      R"({"version":0,"roles":[],"parameters":{"zoneRedundancy":"maximum"},"partitionSize":0,"partitions":2048,"stagedRoleChanges":[],"stagedParameters":null})");
}

TEST_F(LayoutOperations, StageShowApply) {
  const Json staged = good("UpdateClusterLayout", role(R"("zone": "dc1", "capacity": 204800, "tags": ["a", "b"])"));
  EXPECT_EQ(codec::to_json(*staged.find("stagedRoleChanges")),
            R"([{"id":")" + self() + R"(","zone":"dc1","tags":["a","b"],"capacity":204800}])");
  const Json preview = good("PreviewClusterLayoutChanges");
  EXPECT_EQ(preview.find("newLayout")->find("version")->as_uint64(), 1u);
  EXPECT_EQ(layout->current()->version, 0u);
  const Json applied = good("ApplyClusterLayout", R"({"version": 1})");
  EXPECT_EQ(codec::to_json(*applied.find("layout")), codec::to_json(*preview.find("newLayout")));
  EXPECT_EQ(codec::to_json(*applied.find("message")), codec::to_json(*preview.find("message")));
  EXPECT_EQ(
      codec::to_json(*applied.find("layout")),
      R"({"version":1,"roles":[{"id":")" + self() +
          R"(","zone":"dc1","tags":["a","b"],"capacity":204800,"storedPartitions":2048,"usableCapacity":204800}],)" +
          R"("parameters":{"zoneRedundancy":"maximum"},"partitionSize":100,"partitions":2048,"stagedRoleChanges":[],"stagedParameters":null})");
  const Json& statistics = *applied.find("statistics");
  EXPECT_EQ(statistics.find("usableCapacity")->as_uint64(), 204800u);
  EXPECT_TRUE(statistics.find("previousPartitionSize")->is_null());
  EXPECT_EQ(text(good("GetClusterHealth"), "status"), "healthy");
}

TEST_F(LayoutOperations, ApplyWantsTheNextVersionAndAChange) {
  good("UpdateClusterLayout", role(R"("zone": "dc1", "capacity": 204800)"));
  EXPECT_EQ(bad("ApplyClusterLayout", R"({"version": 2})"), "InvalidRequest (400)");
  EXPECT_THAT(message("ApplyClusterLayout", R"({"version": 7})"),
              HasSubstr("Invalid new layout version: the current version is 0, so the next one is 1"));
  EXPECT_EQ(bad("ApplyClusterLayout"), "InvalidRequest (400)");
  good("ApplyClusterLayout", R"({"version": 1})");
  EXPECT_THAT(message("ApplyClusterLayout", R"({"version": 2})"), HasSubstr("no staged changes"));
}

TEST_F(LayoutOperations, PreviewOfTheImpossibleIsNoError) {
  good("UpdateClusterLayout", role(R"("zone": "dc1", "capacity": null)"));
  EXPECT_THAT(text(good("PreviewClusterLayoutChanges"), "error"), HasSubstr("smaller than the replication factor"));
  EXPECT_EQ(bad("ApplyClusterLayout", R"({"version": 1})"), "InvalidRequest (400)");
  EXPECT_EQ(good("RevertClusterLayout").find("stagedRoleChanges")->size(), 0u);
}

TEST_F(LayoutOperations, UpdateIsAllOrNothingAndChecked) {
  EXPECT_EQ(bad("UpdateClusterLayout", role(R"("zone": "dc1", "capacity": 1023)")), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateClusterLayout", role(R"("capacity": 5000)")), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateClusterLayout", role(R"("remove": false)")), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateClusterLayout", R"({"roles": [{"id": "abc", "zone": "z"}]})"), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateClusterLayout", R"({"parameters": {"zoneRedundancy": {"atLeast": 2}}})"),
            "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateClusterLayout", R"({"parameters": {"zoneRedundancy": "most"}})"), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateClusterLayout",
                R"({"roles": [{"id": ")" + self() +
                    R"(", "zone": "z", "capacity": 5000}], "parameters": {"zoneRedundancy": {"atLeast": 9}}})"),
            "InvalidRequest (400)");
  EXPECT_TRUE(layout->current()->staged.empty());
  const Json both = good("UpdateClusterLayout", R"({"parameters": {"zoneRedundancy": {"atLeast": 1}}})");
  EXPECT_EQ(codec::to_json(*both.find("stagedParameters")), R"({"zoneRedundancy":{"atLeast":1}})");
}

TEST_F(LayoutOperations, StatusShowsThisNode) {
  const Json before = good("GetClusterStatus");
  EXPECT_TRUE(before.find("nodes")->as_array()->front().find("role")->is_null());
  apply_layout();
  const Json status = good("GetClusterStatus");
  const Json& shown = status.find("nodes")->as_array()->front();
  EXPECT_EQ(text(shown, "id"), self());
  EXPECT_EQ(text(shown, "hostname"), "h1");
  EXPECT_EQ(text(shown, "addr"), "10.0.0.1:3901");
  EXPECT_EQ(codec::to_json(*shown.find("role")), R"({"zone":"dc1","tags":["t"],"capacity":100000000000})");
  EXPECT_GT(shown.find("dataPartition")->find("total")->as_uint64(), 0u);
  EXPECT_EQ(status.find("layoutVersion")->as_uint64(), 1u);
}

TEST_F(LayoutOperations, StatisticsOfThisNodeOnly) {
  EXPECT_EQ(bad("GetClusterStatistics"), "LayoutNotReady (503)");
  apply_layout();
  good("CreateBucket", R"({"globalAlias": "media"})");
  for (const std::string& node_name : {std::string("self"), std::string("*"), self(), self().substr(0, 4)}) {
    const Json answers = good("GetNodeStatistics", R"({"node": ")" + node_name + R"(", "body": {}})");
    EXPECT_THAT(text(*answers.find("success")->find(self()), "freeform"), HasSubstr("Database engine:   RocksDB"));
  }
  EXPECT_EQ(bad("GetNodeStatistics", R"({"node": "ffff"})"), "InvalidRequest (400)");
  const Json cluster = good("GetClusterStatistics");
  EXPECT_EQ(cluster.find("bucketCount")->as_uint64(), 1u);
  EXPECT_THAT(text(cluster, "freeform"), HasSubstr("Number of buckets:        1\n"));
}

// Another storage node joins that nobody can reach.
class SecondNode : public LayoutOperations {
 protected:
  SecondNode() {
    apply_layout();
    good("UpdateClusterLayout", R"({"roles": [{"id": ")" + other + R"(", "zone": "dc2", "capacity": 100000000000}]})");
    good("ApplyClusterLayout", R"({"version": 2})");
  }
  const std::string other = std::string(64, 'c');
};

TEST_F(LayoutOperations, HistoryOfOneNodeSettlesAtOnce) {
  apply_layout();
  good("UpdateClusterLayout", role(R"("zone": "dc1", "capacity": 204800)"));
  good("ApplyClusterLayout", R"({"version": 2})");
  EXPECT_EQ(
      codec::to_json(good("GetClusterLayoutHistory")),
      R"({"currentVersion":2,"minAck":2,"versions":[{"version":2,"status":"Current","storageNodes":1,"gatewayNodes":0},)"
      R"({"version":1,"status":"Historical","storageNodes":1,"gatewayNodes":0}],"updateTrackers":null,"waitingFor":null,"revokedNodes":[],"wouldRevoke":[],"replicationFactor":1})");
  EXPECT_THAT(message("ClusterLayoutSkipDeadNodes", R"({"version": 2})"), HasSubstr("only one live version"));
}

TEST_F(SecondNode, HistoryShowsWhomTheChangeWaitsFor) {
  const Json history = good("GetClusterLayoutHistory");
  EXPECT_EQ(history.find("currentVersion")->as_uint64(), 2u);
  EXPECT_EQ(history.find("minAck")->as_uint64(), 1u);
  EXPECT_EQ(text(history.find("versions")->as_array()->back(), "status"), "Draining");
  EXPECT_EQ(codec::to_json(*history.find("waitingFor")),
            R"({"version":2,"step":"see it","nodes":[")" + other + R"("],"tooManyRevoked":false})");
  EXPECT_EQ(codec::to_json(*history.find("updateTrackers")->find(other)), R"({"ack":1,"sync":1,"syncAck":1})");
}

TEST_F(SecondNode, DeadNodesAreSkippedOnlyWhenAsked) {
  EXPECT_EQ(bad("ClusterLayoutSkipDeadNodes"), "InvalidRequest (400)");
  EXPECT_THAT(message("ClusterLayoutSkipDeadNodes", R"({"version": 1})"), HasSubstr("must be one of 2 to 2"));
  EXPECT_THAT(message("ClusterLayoutSkipDeadNodes", R"({"version": 3})"), HasSubstr("must be one of 2 to 2"));
  // One of two is no more than the other, which may be cut off.
  EXPECT_THAT(message("ClusterLayoutSkipDeadNodes", R"({"version": 2})"), HasSubstr("1 of the 2 nodes"));
  EXPECT_EQ(codec::to_json(*good("GetClusterLayoutHistory").find("revokedNodes")), "[]");
  EXPECT_EQ(codec::to_json(good("ClusterLayoutSkipDeadNodes", R"({"version": 2, "allowMissingData": true})")),
            R"({"ackUpdated":[")" + other + R"("],"syncUpdated":[")" + other + R"("]})");
  EXPECT_EQ(text(*good("GetClusterLayoutHistory").find("waitingFor"), "step"), "acknowledge it");
  EXPECT_THAT(message("UpdateClusterLayout",
                      R"({"roles": [{"id": ")" + other + R"(", "zone": "dc9", "capacity": 100000000000}]})"),
              HasSubstr("was revoked"));
}

// Two more come, of which one can be reached.
class ThirdNode : public LayoutOperations {
 protected:
  ThirdNode() {
    context->cluster = &cluster;
    apply_layout();
    const std::string rest = R"(", "zone": "dc2", "capacity": 100000000000})";
    good("UpdateClusterLayout", R"({"roles": [{"id": ")" + reached + rest + R"(, {"id": ")" + dead + rest + "]}");
    good("ApplyClusterLayout", R"({"version": 2})");
  }
  void reach(bool up) { cluster.nodes = {{.id = NodeId::from_hex(reached).value(), .up = up}}; }

  const std::string reached = std::string(64, 'c'), dead = std::string(64, 'd');
  testing::FakeCluster cluster;
};

TEST_F(ThirdNode, ANodeThatIsCutOffRevokesNobody) {
  for (const std::string& allow : {std::string("false"), std::string("true")}) {
    EXPECT_THAT(message("ClusterLayoutSkipDeadNodes", R"({"version": 2, "allowMissingData": )" + allow + "}"),
                HasSubstr("1 of the 3 nodes"));
  }
  reach(true);
  // It sees most of them, but the version gives partitions without any other copy to the one that is gone.
  EXPECT_THAT(message("ClusterLayoutSkipDeadNodes", R"({"version": 2})"), HasSubstr("--allow-missing-data"));
  EXPECT_EQ(codec::to_json(*good("GetClusterLayoutHistory").find("revokedNodes")), "[]");
  EXPECT_EQ(codec::to_json(good("ClusterLayoutSkipDeadNodes", R"({"version": 2, "allowMissingData": true})")),
            R"({"ackUpdated":[")" + dead + R"("],"syncUpdated":[")" + dead + R"("]})");
}

TEST_F(ThirdNode, WhoLivesIsNotRevoked) {
  good("UpdateClusterLayout", R"({"roles": [{"id": ")" + reached + R"(", "remove": true}]})");
  const auto apply = [](const std::string& id, const std::string& more = "") {
    return R"({"version": 3, "revoke": [")" + id + R"("])" + more + "}";
  };
  reach(true);
  EXPECT_THAT(message("ApplyClusterLayout", apply(reached)), HasSubstr("is connected"));
  EXPECT_THAT(message("ApplyClusterLayout", apply(self())), HasSubstr("is connected"));
  EXPECT_EQ(layout->current()->version, 2u);
  reach(false);
  // Some partitions of the version before have no other copy.
  EXPECT_THAT(message("ApplyClusterLayout", apply(reached)), HasSubstr("--allow-missing-data"));
  EXPECT_EQ(layout->current()->version, 2u);
  EXPECT_EQ(codec::to_json(*good("GetClusterLayoutHistory").find("revokedNodes")), "[]");
  good("ApplyClusterLayout", apply(reached, R"(, "allowMissingData": true)"));
  EXPECT_EQ(codec::to_json(*good("GetClusterLayoutHistory").find("waitingFor")->find("tooManyRevoked")), "false");
  EXPECT_EQ(codec::to_json(*good("GetClusterLayoutHistory").find("revokedNodes")), R"([")" + reached + R"("])");
}

TEST_F(ThirdNode, MostOfThemDeadAndGoneAreRevokedWithNothingStaged) {
  const auto leave = [](const std::string& id) { return R"({"id": ")" + id + R"(", "remove": true})"; };
  good("UpdateClusterLayout", R"({"roles": [)" + leave(reached) + "," + leave(dead) + "]}");
  good("ApplyClusterLayout", R"({"version": 3})");
  const std::string advice = message("ClusterLayoutSkipDeadNodes", R"({"version": 3, "allowMissingData": true})");
  EXPECT_THAT(advice, HasSubstr("`garage layout apply --version 4 --revoke " + reached.substr(0, 16) + " --revoke " +
                                dead.substr(0, 16) + "`"));
  const auto apply = [](const std::string& ids) {
    return R"({"version": 4, "allowMissingData": true, "revoke": [)" + ids + "]}";
  };
  EXPECT_THAT(message("ApplyClusterLayout", apply("")), HasSubstr("no staged changes"));
  EXPECT_THAT(message("ApplyClusterLayout", R"({"version": 5, "revoke": [")" + dead + R"("]})"),
              HasSubstr("Invalid new layout version"));
  const Json applied = good("ApplyClusterLayout", apply("\"" + reached + "\", \"" + dead + "\""));
  EXPECT_EQ(applied.find("layout")->find("version")->as_uint64(), 3u);
  EXPECT_THAT(codec::to_json(*applied.find("message")), HasSubstr("version 3 stays the newest"));
  const Json history = good("GetClusterLayoutHistory");
  EXPECT_EQ(codec::to_json(*history.find("revokedNodes")), R"([")" + reached + R"(",")" + dead + R"("])");
  EXPECT_EQ(codec::to_json(*history.find("waitingFor")).find(dead), std::string::npos);
}

TEST_F(SecondNode, ApplyRevokesOnlyWhatLeaves) {
  good("UpdateClusterLayout", role(R"("zone": "dc1", "capacity": 204800)"));
  EXPECT_THAT(message("ApplyClusterLayout", R"({"version": 3, "revoke": [")" + other + R"("]})"),
              HasSubstr("has a role in the new version"));
  EXPECT_EQ(bad("ApplyClusterLayout", R"({"version": 3, "revoke": ["cc"]})"), "InvalidRequest (400)");
  EXPECT_EQ(layout->current()->version, 2u);
  good("UpdateClusterLayout", R"({"roles": [{"id": ")" + other + R"(", "remove": true}]})");
  good("ApplyClusterLayout", R"({"version": 3, "revoke": [")" + other + R"("], "allowMissingData": true})");
  EXPECT_EQ(codec::to_json(*good("GetClusterLayoutHistory").find("revokedNodes")), R"([")" + other + R"("])");
}

TEST_F(LayoutOperations, WhatOthersKnowIsTakenIn) {
  apply_layout();
  layout::History theirs = layout->snapshot()->history;
  NodeId other;
  other.bytes.fill(0xcc);
  ASSERT_TRUE(layout::stage_role(theirs, other, layout::Role{"dc2", 5'000'000, {}}));
  const auto merge = [this](const std::string& bytes) { return node.run(layout->merge_remote(bytes)); };
  EXPECT_EQ(merge(layout::encode_history(theirs)).value(), true);
  EXPECT_EQ(merge(layout::encode_history(theirs)).value(), false);
  EXPECT_EQ(layout->snapshot()->digest, layout::digest_of(theirs));
  EXPECT_TRUE(layout->current()->staged.roles.contains(other));
  EXPECT_EQ(merge("garbage").error().kind, ErrorKind::kCorrupt);
  layout::History three;
  three.replication_factor = 3;
  EXPECT_THAT(merge(layout::encode_history(three)).error().message, HasSubstr("replication factor 3, this node 1"));
  const layout::History of_other_partitions = layout::testing::small_history(1, {1});
  EXPECT_EQ(merge(layout::encode_history(of_other_partitions)).error().kind, ErrorKind::kUnsupported);
  // Kept over a restart.
  const auto again = LayoutKeeper::open(machine.disk, node.pool, "meta", 1, facts.id);
  EXPECT_EQ((*again)->snapshot()->digest, layout->snapshot()->digest);
}

TEST_F(SecondNode, ProgressMovesThisNodesTrackerAndIsSaved) {
  const auto tracker = [this] { return layout::tracker_of(layout->snapshot()->history, facts.id); };
  EXPECT_EQ(tracker().seen, 2u);
  layout::History theirs = layout->snapshot()->history;
  NodeId other_id;
  other_id.bytes.fill(0xcc);
  layout::Progress theirs_progress = {.fenced_stage = layout::first_stage(1)};
  ASSERT_TRUE(layout::announce(theirs, other_id, theirs_progress));
  ASSERT_TRUE(node.run(layout->merge_remote(layout::encode_history(theirs))).value());
  ASSERT_EQ(layout::enterable_stage(layout->snapshot()->history), 4u);
  EXPECT_EQ(tracker().ack, 1u);
  EXPECT_EQ(node.run(layout->made_progress({.fenced_stage = 4})).value(), true);
  EXPECT_EQ(tracker().ack, 2u);
  EXPECT_EQ(node.run(layout->made_progress({.fenced_stage = 4, .handed_over = 2})).value(), true);
  EXPECT_EQ(tracker().sync, 2u);
  EXPECT_EQ(node.run(layout->made_progress({})).value(), false);
  const auto again = LayoutKeeper::open(machine.disk, node.pool, "meta", 1, facts.id);
  EXPECT_EQ(layout::tracker_of((*again)->snapshot()->history, facts.id), tracker());
}

// What the cluster knows of this node, told to one that has nothing but its key.
TEST_F(SecondNode, WhoHasForgottenIsRevokedAndStaysSo) {
  const std::string known = layout->snapshot()->encoded;
  ASSERT_TRUE(layout->may_be_asked());
  EXPECT_FALSE(layout->revoked());
  ASSERT_TRUE(machine.disk.make_directories("empty"));
  auto anew = LayoutKeeper::open(machine.disk, node.pool, "empty", 1, facts.id).value();
  ASSERT_TRUE(anew->database_is_new());
  EXPECT_FALSE(anew->may_be_asked());  // it does not know yet
  EXPECT_FALSE(anew->revoked());
  EXPECT_EQ(node.run(anew->merge_remote(known)).value(), true);
  EXPECT_FALSE(anew->may_be_asked());
  EXPECT_TRUE(anew->revoked());
  EXPECT_TRUE(anew->snapshot()->history.revoked.contains(facts.id));
  anew = LayoutKeeper::open(machine.disk, node.pool, "empty", 1, facts.id).value();
  EXPECT_TRUE(anew->revoked());
  EXPECT_FALSE(anew->may_be_asked());
  // And everybody hears of it.
  EXPECT_EQ(node.run(layout->merge_remote(anew->snapshot()->encoded)).value(), true);
  EXPECT_TRUE(layout->revoked());
  EXPECT_FALSE(layout->may_be_asked());
}

TEST_F(SecondNode, ANewDatabaseUnderALayoutIsALoss) {
  ASSERT_TRUE(layout->database_is_new());
  EXPECT_TRUE(layout->revoked());
  EXPECT_TRUE(LayoutKeeper::open(machine.disk, node.pool, "meta", 1, facts.id).value()->revoked());
  EXPECT_THAT(message("UpdateClusterLayout", role(R"("zone": "dc7", "capacity": 204800)")), HasSubstr("another node"));
}

TEST_F(LayoutOperations, TheFileSurvivesAndDamageIsFatal) {
  apply_layout();
  const auto again = LayoutKeeper::open(machine.disk, node.pool, "meta", 1, facts.id);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*(*again)->current(), *layout->current());
  EXPECT_THAT(LayoutKeeper::open(machine.disk, node.pool, "meta", 3, facts.id).error().message,
              HasSubstr("Prior cluster layout has replication factor 1"));
  std::string content = env::read_file(machine.disk, "meta/cluster_layout").value();
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
  ASSERT_TRUE(env::replace_file(machine.disk, "meta/cluster_layout", content, 0600));
  const auto damaged = LayoutKeeper::open(machine.disk, node.pool, "meta", 1, facts.id);
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().message, HasSubstr("The node does not start"));
  EXPECT_THAT(damaged.error().message, HasSubstr("cluster_layout.previous"));
  // One that is missing is no better, where there was one.
  ASSERT_TRUE(machine.disk.remove("meta/cluster_layout"));
  const auto missing = LayoutKeeper::open(machine.disk, node.pool, "meta", 1, facts.id);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("The node does not start"));
  // The content before the last change is whole.
  const auto previous = env::read_file(machine.disk, "meta/cluster_layout.previous");
  EXPECT_EQ(layout::decode_history(*previous)->newest(), 0u);
}

TEST_F(LayoutOperations, IdentityIsMadeOnceAndChecked) {
  auto& disk = machine.disk;
  EXPECT_THAT(read_node_id(disk, "meta").error().message, HasSubstr("starts for the first time"));
  const NodeIdentity made = load_or_create_identity(disk, node.random, "meta").value();
  EXPECT_TRUE(made.is_new);
  const NodeIdentity again = load_or_create_identity(disk, node.random, "meta").value();
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.id, made.id);
  EXPECT_EQ(read_node_id(disk, "meta").value(), made.id);
  EXPECT_EQ(env::read_file(disk, "meta/node_key")->size(), 64u);
  EXPECT_EQ(disk.status("meta/node_key")->mode, 0600u);
  // The public half is made again where it is lost.
  ASSERT_TRUE(disk.remove("meta/node_key.pub"));
  ASSERT_TRUE(load_or_create_identity(disk, node.random, "meta"));
  EXPECT_EQ(read_node_id(disk, "meta").value(), made.id);
  std::string key = env::read_file(disk, "meta/node_key").value();
  ASSERT_TRUE(env::replace_file(disk, "meta/node_key", key.substr(1), 0600));
  EXPECT_THAT(load_or_create_identity(disk, node.random, "meta").error().message, HasSubstr("63 bytes instead of 64"));
  key[0] = static_cast<char>(key[0] ^ 1);
  ASSERT_TRUE(env::replace_file(disk, "meta/node_key", key, 0600));
  EXPECT_EQ(load_or_create_identity(disk, node.random, "meta").error().kind, ErrorKind::kCorrupt);
}

TEST(OperationTable, IsSortedAndSaysWhatChanges) {
  const auto& table = operation_table();
  EXPECT_TRUE(std::ranges::is_sorted(table, {}, &Operation::name));
  for (const Operation& operation : table)
    EXPECT_EQ(operation.changes, !operation.name.starts_with("Get") && !operation.name.starts_with("List") &&
                                     !operation.name.starts_with("Preview") && operation.name != "InspectObject")
        << operation.name;
}

}  // namespace
}  // namespace garage::admin
