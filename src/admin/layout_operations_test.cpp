#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/node_identity.hpp"
#include "admin/testing/admin_node.hpp"
#include "env/small_file.hpp"

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

TEST(OperationTable, IsSortedAndComplete) {
  const auto& table = operation_table();
  EXPECT_TRUE(std::ranges::is_sorted(table, {}, &Operation::name));
  EXPECT_EQ(table.size(), 27u);
  for (const Operation& operation : table)
    EXPECT_EQ(operation.changes, !operation.name.starts_with("Get") && !operation.name.starts_with("List") &&
                                     !operation.name.starts_with("Preview"))
        << operation.name;
}

}  // namespace
}  // namespace garage::admin
