// Operations about several nodes: who is there, how they are, and asking them.
#include <gmock/gmock.h>

#include "admin/messages.hpp"
#include "admin/testing/admin_node.hpp"
#include "admin/testing/fake_cluster.hpp"

namespace garage::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

NodeId id_of(unsigned char byte) {
  NodeId id;
  id.bytes.fill(byte);
  return id;
}

class ClusterOperations : public ::testing::Test, protected testing::AdminNode {
 protected:
  ClusterOperations() { context->cluster = &cluster; }
  Json node_of(const Json& status, const NodeId& id) {
    for (const Json& node : *status.find("nodes")->as_array()) {
      if (text(node, "id") == id.hex()) return node;
    }
    return Json();
  }

  testing::FakeCluster cluster;
};

TEST_F(ClusterOperations, StatusListsEveryNodeThatIsKnown) {
  cluster.nodes = {
      {.id = id_of(0x11),
       .hostname = "h2",
       .address = "10.0.0.2:3901",
       .version = "v9",
       .up = true,
       .data = env::Space{.total_bytes = 10, .available_bytes = 4},
       .resync_queue = 7},
      {.id = id_of(0xcc), .up = false, .last_seen_secs_ago = 23, .refused = true, .trouble = "the RPC secret differs"},
      // One that was here once, and is nothing to the cluster.
      {.id = id_of(0xdd), .up = false, .last_seen_secs_ago = 23, .trouble = "cannot connect"}};
  const Json status = good("GetClusterStatus");
  EXPECT_EQ(status.find("nodes")->size(), 4u);
  EXPECT_EQ(codec::to_json(node_of(status, id_of(0x11))),
            R"({"id":")" + id_of(0x11).hex() +
                R"(","garageVersion":"v9","addr":"10.0.0.2:3901","hostname":"h2","isUp":true,"lastSeenSecsAgo":null,)"
                R"("role":null,"draining":false,"resyncQueueLen":7,"dataPartition":{"available":4,"total":10}})");
  EXPECT_EQ(codec::to_json(node_of(status, id_of(0xcc))),
            R"({"id":")" + id_of(0xcc).hex() +
                R"(","garageVersion":null,"addr":null,"hostname":null,"isUp":false,"lastSeenSecsAgo":23,)"
                R"("role":null,"draining":false,"trouble":"the RPC secret differs"})");
  EXPECT_EQ(node_of(status, id_of(0xdd)).find("trouble"), nullptr);
  EXPECT_EQ(node_of(status, facts.id).find("isUp")->as_bool(), true);
  EXPECT_EQ(status.find("clockOffsetMs")->as_int64(), 5);
}

TEST_F(ClusterOperations, ARevokedNodeSaysThatItIs) {
  apply_layout();
  cluster.revoked = true;
  const Json node = node_of(good("GetClusterStatus"), facts.id);
  EXPECT_EQ(node.find("isUp")->as_bool(), false);
  EXPECT_THAT(text(node, "trouble"), HasSubstr("it was revoked"));
  // Neither is it to blame on clocks or connections that nothing can be changed.
  EXPECT_THAT(message("CreateKey", R"({"name": "k"})"), HasSubstr("This node was revoked"));
}

TEST_F(ClusterOperations, HealthCountsThePartitionsThatAnswer) {
  EXPECT_EQ(codec::to_json(good("GetClusterHealth")),
            R"({"status":"unavailable","knownNodes":1,"connectedNodes":1,"storageNodes":0,"storageNodesUp":0,)"
            R"("partitions":0,"partitionsQuorum":0,"partitionsAllOk":0})");
  apply_layout();
  EXPECT_EQ(text(good("GetClusterHealth"), "status"), "healthy");
  // A second storage node of half the capacity, which is not there.
  good("UpdateClusterLayout",
       R"({"roles": [{"id": ")" + id_of(0x11).hex() + R"(", "zone": "dc1", "capacity": 50000000000, "tags": []}]})");
  good("ApplyClusterLayout", R"({"version": 2})");
  cluster.nodes = {{.id = id_of(0x11)}};
  Json health = good("GetClusterHealth");
  EXPECT_EQ(text(health, "status"), "unavailable");
  EXPECT_EQ(health.find("storageNodes")->as_uint64(), 2u);
  EXPECT_EQ(health.find("storageNodesUp")->as_uint64(), 1u);
  EXPECT_GT(health.find("partitionsQuorum")->as_uint64(), 1000u);
  EXPECT_LT(health.find("partitionsQuorum")->as_uint64(), 1600u);
  cluster.nodes[0].up = true;
  health = good("GetClusterHealth");
  EXPECT_EQ(text(health, "status"), "healthy");
  EXPECT_EQ(health.find("connectedNodes")->as_uint64(), 2u);
}

TEST_F(ClusterOperations, WhoWasRevokedAndHasNoRoleIsOfNoInterest) {
  apply_layout();
  layout->edit_now([](layout::History& history) { return layout::revoke(history, {id_of(0xdd)}); }).value();
  cluster.nodes = {{.id = id_of(0xdd), .refused = true, .trouble = "it was revoked"}};
  EXPECT_EQ(node_of(good("GetClusterStatus"), id_of(0xdd)).find("trouble"), nullptr);
}

TEST_F(ClusterOperations, ANodeWhoseDatabaseIsInTroubleSaysSo) {
  apply_layout();
  const auto statistics = [this] {
    return text(*good("GetNodeStatistics").find("success")->find(facts.id.hex()), "freeform");
  };
  EXPECT_THAT(statistics(), Not(HasSubstr("trouble")));
  machine.store.set_damage("it takes no more writes");
  EXPECT_EQ(text(good("GetClusterHealth"), "status"), "degraded");
  EXPECT_THAT(statistics(), HasSubstr("Database trouble:  it takes no more writes\n"));
}

TEST_F(ClusterOperations, WithoutALayoutPeersThatAreMissedAreToldFirst) {
  EXPECT_THAT(message("CreateKey"), Not(HasSubstr("bootstrap_peers")));
  cluster.nodes = {{.id = id_of(0x11), .is_bootstrap_peer = true}};
  EXPECT_THAT(message("CreateKey"), HasSubstr("None of its bootstrap_peers is connected"));
  cluster.nodes.push_back({.id = id_of(0x22), .up = true, .is_bootstrap_peer = true});
  EXPECT_THAT(message("CreateKey"), Not(HasSubstr("bootstrap_peers")));
}

TEST_F(ClusterOperations, ConnectAnswersForEach) {
  EXPECT_EQ(codec::to_json(good("ConnectClusterNodes", R"(["good", "bad"])")),
            R"([{"success":true,"error":null},{"success":false,"error":"nobody listens"}])");
  EXPECT_EQ(bad("ConnectClusterNodes", R"({"a": 1})"), "InvalidRequest (400)");
  EXPECT_EQ(bad("ConnectClusterNodes", R"([1])"), "InvalidRequest (400)");
  context->cluster = nullptr;
  EXPECT_THAT(codec::to_json(good("ConnectClusterNodes", R"(["good"])")), HasSubstr("not connected to others"));
}

TEST_F(ClusterOperations, WhoIsRefusedGetsNoRole) {
  cluster.nodes = {{.id = id_of(0xcc), .up = false, .refused = true, .trouble = "the replication factor differs"}};
  const std::string assign =
      R"({"roles": [{"id": ")" + id_of(0xcc).hex() + R"(", "zone": "z", "capacity": 100000000000}]})";
  EXPECT_THAT(message("UpdateClusterLayout", assign),
              HasSubstr("Node cccccccccccccccc is refused, and a change that waits for it would not end: the "
                        "replication factor differs"));
  EXPECT_TRUE(layout->current()->staged.empty());
  cluster.nodes[0].up = true;
  good("UpdateClusterLayout", assign);
}

TEST_F(ClusterOperations, OtherNodesAreAskedForWhatIsTheirs) {
  cluster.nodes = {{.id = id_of(0x11), .hostname = "h2", .up = true},
                   {.id = id_of(0xcc), .up = true},
                   {.id = id_of(0xdd), .up = false}};
  const Json all = good("GetNodeInfo", R"({"node": "*", "body": {"x": 1}})");
  EXPECT_EQ(all.find("success")->size(), 2u);
  EXPECT_EQ(text(*all.find("success"), id_of(0x11).hex()), "answer");
  EXPECT_EQ(text(*all.find("success")->find(facts.id.hex()), "hostname"), "h1");
  EXPECT_EQ(text(*all.find("error"), id_of(0xcc).hex()), "ServiceUnavailable (503): no answer");
  EXPECT_EQ(cluster.asked[0], R"(GetNodeInfo {"node":")" + id_of(0x11).hex() + R"(","body":{"x":1}})");

  cluster.asked.clear();
  EXPECT_EQ(good("GetNodeStatistics").find("success")->size(), 1u);
  EXPECT_EQ(good("GetNodeInfo", R"({"node": "self"})").find("success")->size(), 1u);
  EXPECT_TRUE(cluster.asked.empty());
  EXPECT_EQ(good("GetNodeInfo", R"({"node": "1111"})").find("success")->size(), 1u);
  EXPECT_EQ(cluster.asked.size(), 1u);
  EXPECT_THAT(message("GetNodeInfo", R"({"node": "dd"})"),
              HasSubstr("0 nodes match 'dd'. Known are 1111111111111111 (h2), "));
  cluster.nodes.push_back({.id = id_of(0x1f), .up = true});
  EXPECT_THAT(message("GetNodeInfo", R"({"node": "1"})"),
              HasSubstr("2 nodes match '1': 1111111111111111 (h2), 1f1f1f1f1f1f1f1f. Give more of the id"));
}

TEST_F(ClusterOperations, WhoLeavesInAChangeOnItsWayIsAskedToo) {
  apply_layout();
  const std::string rest = R"(, "zone": "dc1", "capacity": 100000000000})";
  const std::string dead = R"({"id": ")" + id_of(0x11).hex() + "\"", next = R"({"id": ")" + id_of(0x22).hex() + "\"";
  good("UpdateClusterLayout", R"({"roles": [)" + next + rest + "]}");
  good("ApplyClusterLayout", R"({"version": 2})");
  good("UpdateClusterLayout", R"({"roles": [)" + dead + rest + "," + next + R"(, "remove": true}]})");
  good("ApplyClusterLayout", R"({"version": 3})");
  EXPECT_NE(good("GetNodeInfo", R"({"node": "*"})").find("success")->find(id_of(0x22).hex()), nullptr);
}

TEST_F(ClusterOperations, ErrorsOfNodesAreToldInOneForm) {
  cluster.nodes = {{.id = id_of(0x11), .up = true}};
  const auto told = [this](const std::string& refusal) {
    cluster.refusal = refusal;
    return text(*good("GetNodeInfo", R"({"node": "1111"})").find("error"), id_of(0x11).hex());
  };
  EXPECT_EQ(told("NoSuchWorker (404): Worker (9): none"), "NoSuchWorker (404): Worker (9): none");
  EXPECT_EQ(told("as of an older program"), "InternalError (500): as of an older program");
  EXPECT_EQ(told("it (perhaps): no"), "InternalError (500): it (perhaps): no");
}

TEST_F(ClusterOperations, ANodeTellsOfItsDisks) {
  apply_layout();
  const Json info = *good("GetNodeInfo").find("success")->find(facts.id.hex());
  EXPECT_EQ(codec::to_json(*info.find("draining")), "false");
  EXPECT_GT(info.find("dataPartition")->find("total")->as_uint64(), 0u);
  EXPECT_GT(info.find("metadataPartition")->find("available")->as_uint64(), 0u);
  good("UpdateClusterLayout", R"({"roles": [{"id": ")" + id_of(0x11).hex() +
                                  R"(", "zone": "dc1", "capacity": 100000000000, "tags": []}, {"id": ")" +
                                  facts.id.hex() + R"(", "remove": true}]})");
  good("ApplyClusterLayout", R"({"version": 2})");
  EXPECT_EQ(codec::to_json(*good("GetNodeInfo").find("success")->find(facts.id.hex())->find("draining")), "true");
}

TEST_F(ClusterOperations, StatisticsAreOfAllThatStore) {
  apply_layout();
  good("UpdateClusterLayout",
       R"({"roles": [{"id": ")" + id_of(0x11).hex() + R"(", "zone": "dc2", "capacity": 100000000000, "tags": []}]})");
  good("ApplyClusterLayout", R"({"version": 2})");
  Json statistics = good("GetClusterStatistics");
  EXPECT_EQ(statistics.find("incompleteAvailInfo")->as_bool(), true);
  EXPECT_THAT(text(statistics, "freeform"), HasSubstr("1111111111111111  ?         dc2   93.1 GiB  1024   ?"));
  EXPECT_THAT(text(statistics, "freeform"), HasSubstr("data: < "));
  cluster.nodes = {{.id = id_of(0x11),
                    .hostname = "h2",
                    .up = true,
                    .data = env::Space{.total_bytes = 2000, .available_bytes = 1000},
                    .metadata = env::Space{.total_bytes = 2000, .available_bytes = 500}}};
  statistics = good("GetClusterStatistics");
  // Half of the partitions are there: it is full when twice its room is used.
  EXPECT_EQ(statistics.find("dataAvail")->as_uint64(), 2000u);
  EXPECT_EQ(statistics.find("metadataAvail")->as_uint64(), 1000u);
  EXPECT_EQ(statistics.find("incompleteAvailInfo")->as_bool(), false);
  EXPECT_THAT(text(statistics, "freeform"), HasSubstr("h2        dc2   93.1 GiB  1024   1000 B/2.0 KiB (50.0%)"));
}

}  // namespace
}  // namespace garage::admin
