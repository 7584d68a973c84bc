// status, health, stats, layout
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing/fake_link.hpp"

namespace garage::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kA = "30f99aea28599fd0" + std::string(48, '0');
const std::string kB = "3d9c6848e03d1636" + std::string(48, '0');
const std::string kC = "629ef5ec81a7297d" + std::string(48, '0');
const std::string kD = "64a37590ec63fa47" + std::string(48, '0');
constexpr const char* kNoStaged =
    R"({"version": 1, "roles": [], "parameters": {"zoneRedundancy": "maximum"}, "stagedRoleChanges": [], "stagedParameters": null})";

class ClusterCommands : public testing::CommandTest {};

TEST_F(ClusterCommands, StatusShowsEveryKindOfNode) {
  link.expect(
      "GetClusterStatus",
      R"({"layoutVersion": 1, "nodes": [
    {"id": ")" +
          kA +
          R"(", "garageVersion": "v2.5.0", "addr": "10.0.0.1:3901", "hostname": "h1", "isUp": true, "lastSeenSecsAgo": null,
     "role": null, "draining": false, "resyncQueueLen": 0},
    {"id": ")" +
          kB +
          R"(", "garageVersion": "v2.5.0", "addr": "10.0.0.2:3901", "hostname": "h2", "isUp": true, "lastSeenSecsAgo": null,
     "role": null, "draining": true, "resyncQueueLen": 5},
    {"id": ")" +
          kC +
          R"(", "garageVersion": "v2.5.0", "addr": "10.0.0.3:3901", "hostname": "h3", "isUp": true, "lastSeenSecsAgo": null,
     "role": {"zone": "z1", "tags": ["ssd", "fast"], "capacity": 100000000000}, "draining": false, "resyncQueueLen": 5,
     "dataPartition": {"available": 70222715290, "total": 270087366499}},
    {"id": ")" +
          kD + R"(", "garageVersion": null, "addr": null, "hostname": "h4", "isUp": false, "lastSeenSecsAgo": 23,
     "role": {"zone": "z1", "tags": [], "capacity": null}, "draining": false,
     "trouble": "the replication factor differs"}],
    "waitingFor": {"version": 2, "step": "acknowledge it", "nodes": [")" +
          kD + R"("], "tooManyRevoked": false}})");
  link.expect("GetClusterLayout", kNoStaged);
  EXPECT_EQ(run(run_status),
            "==== HEALTHY NODES ====\n"
            "ID                Hostname  Address        Tags        Zone  Capacity             DataAvail         "
            "ResyncQueue  Version\n"
            "30f99aea28599fd0  h1        10.0.0.1:3901                    NO ROLE ASSIGNED                       0     "
            "       v2.5.0\n"
            "3d9c6848e03d1636  h2        10.0.0.2:3901                    draining metadata..                    5     "
            "       v2.5.0\n"
            "629ef5ec81a7297d  h3        10.0.0.3:3901  [ssd,fast]  z1    93.1 GiB             65.4 GiB (26.0%)  5     "
            "       v2.5.0\n"
            "\n"
            "==== FAILED NODES ====\n"
            "ID                Hostname  Tags  Zone  Capacity  Last seen\n"
            "64a37590ec63fa47  h4        []    z1    gateway   23 seconds ago\n"
            "\n"
            "Version #2 waits for these nodes to acknowledge it:\n"
            "  64a37590ec63fa47\n"
            "\n"
            "Node 64a37590ec63fa47: the replication factor differs\n");
}

TEST_F(ClusterCommands, StatusLeavesOutWhoIsAwayAndNothingToTheCluster) {
  const auto away = [](const std::string& id, const std::string& draining) {
    return R"({"id": ")" + id +
           R"(", "hostname": "h", "isUp": false, "lastSeenSecsAgo": 23, "role": null, "draining": )" + draining + "}";
  };
  link.expect("GetClusterStatus", R"({"layoutVersion": 1, "nodes": [)" + away(kA, "false") + "," + away(kB, "true") +
                                      "," + away(kC, "false") + "," + away(kD, "false") + "]}");
  link.expect("GetClusterLayout",
              R"({"version": 1, "roles": [], "parameters": {"zoneRedundancy": "maximum"}, "stagedRoleChanges": [)"
              R"({"id": ")" +
                  kC + R"(", "zone": "z1", "capacity": 1000000000, "tags": []}, {"id": ")" + kD +
                  R"(", "remove": true}], "stagedParameters": null})");
  const std::string shown = run(run_status);
  const std::string nodes = shown.substr(0, shown.find("STAGED"));
  EXPECT_THAT(nodes, ::testing::Not(HasSubstr("30f99aea28599fd0")));
  EXPECT_THAT(nodes, ::testing::ContainsRegex("3d9c6848e03d1636 .*draining metadata"));
  EXPECT_THAT(nodes, ::testing::ContainsRegex("629ef5ec81a7297d .*pending\\.\\.\\."));
  EXPECT_THAT(nodes, ::testing::Not(HasSubstr("64a37590ec63fa47")));
}

TEST_F(ClusterCommands, StatusShowsStagedChanges) {
  link.expect(
      "GetClusterStatus",
      R"({"layoutVersion": 0, "nodes": [
    {"id": ")" +
          kA +
          R"(", "garageVersion": "v1", "addr": "a:1", "hostname": null, "isUp": true, "role": null, "draining": false}]})");
  link.expect("GetClusterLayout",
              R"({"version": 0, "roles": [], "parameters": {"zoneRedundancy": "maximum"}, "stagedParameters": null,
    "stagedRoleChanges": [{"id": ")" +
                  kA + R"(", "zone": "z", "tags": [], "capacity": 1024}]})");
  EXPECT_EQ(run(run_status),
            "==== HEALTHY NODES ====\n"
            "ID                Hostname  Address  Tags  Zone  Capacity    DataAvail  ResyncQueue  Version\n"
            "30f99aea28599fd0  ?         a:1                  pending...             N/A          v1\n"
            "\n"
            "==== STAGED ROLE CHANGES ====\n"
            "ID                Tags  Zone  Capacity\n"
            "30f99aea28599fd0  []    z     1.0 KiB\n"
            "\n"
            "Please use `garage layout show` to check the proposed new layout and apply it.\n");
}

TEST_F(ClusterCommands, HealthIsAlignedAndFailsOnlyWhenUnavailable) {
  const auto health = [](const std::string& status) {
    return R"({"status": ")" + status +
           R"(", "knownNodes": 3, "connectedNodes": 3, "storageNodes": 3, "storageNodesUp": 2,
      "partitions": 2048, "partitionsQuorum": 2048, "partitionsAllOk": 12})";
  };
  link.expect("GetClusterHealth", health("degraded"));
  EXPECT_EQ(run(run_health),
            "Cluster health:            DEGRADED\n"
            "Known nodes:               3\n"
            "Connected nodes:           3\n"
            "Storage nodes:             3\n"
            "Storage nodes up:          2\n"
            "Partitions:                2048\n"
            "Partitions with quorum:    2048\n"
            "Fully healthy partitions:  12\n");
  give("quiet");
  link.expect("GetClusterHealth", health("degraded"));
  EXPECT_EQ(run(run_health), "");
  link.expect("GetClusterHealth", health("unavailable"));
  EXPECT_EQ(run(run_health), "Error: ");
  session.arguments = {};
  link.expect("GetClusterHealth", health("unavailable"));
  EXPECT_THAT(run(run_health), HasSubstr("Error: Cluster is currently unavailable"));
}

TEST_F(ClusterCommands, LayoutShowWithNothingStaged) {
  link.expect(
      "GetClusterLayout",
      R"({"version": 4, "roles": [
    {"id": ")" +
          kA +
          R"(", "zone": "z1", "tags": ["ssd"], "capacity": 2000000000000, "storedPartitions": 2048, "usableCapacity": 1999999999999},
    {"id": ")" +
          kB + R"(", "zone": "z2", "tags": [], "capacity": null, "storedPartitions": null, "usableCapacity": null}],
    "parameters": {"zoneRedundancy": {"atLeast": 1}}, "partitionSize": 976562499, "stagedRoleChanges": [], "stagedParameters": null})");
  EXPECT_EQ(run(run_layout_show),
            "==== CURRENT CLUSTER LAYOUT ====\n"
            "ID                Tags   Zone  Capacity  Usable capacity\n"
            "30f99aea28599fd0  [ssd]  z1    1.8 TiB   1.8 TiB (100.0%)\n"
            "3d9c6848e03d1636  []     z2    gateway\n"
            "\n"
            "Zone redundancy: 1\n"
            "\n"
            "Current cluster layout version: 4\n");
}

TEST_F(ClusterCommands, LayoutShowPreviewsWhatIsStaged) {
  const std::string staged =
      R"({"version": 0, "roles": [], "parameters": {"zoneRedundancy": "maximum"}, "stagedParameters": {"zoneRedundancy": {"atLeast": 1}},
    "stagedRoleChanges": [{"id": ")" +
      kA + R"(", "zone": "z1", "tags": [], "capacity": 2048}, {"id": ")" + kB + R"(", "remove": true}]})";
  link.expect("GetClusterLayout", staged);
  link.expect("PreviewClusterLayoutChanges",
              R"({"message": ["line one", "line two"], "newLayout": {"version": 1, "roles": [
    {"id": ")" + kA +
                  R"(", "zone": "z1", "tags": [], "capacity": 2048, "storedPartitions": 2048, "usableCapacity": 2048}],
    "parameters": {"zoneRedundancy": {"atLeast": 1}}}})");
  EXPECT_EQ(run(run_layout_show),
            "==== CURRENT CLUSTER LAYOUT ====\n"
            "No nodes currently have a role in the cluster.\n"
            "See `garage status` to view available nodes.\n"
            "\n"
            "Current cluster layout version: 0\n"
            "\n"
            "==== STAGED ROLE CHANGES ====\n"
            "ID                Tags     Zone  Capacity\n"
            "30f99aea28599fd0  []       z1    2.0 KiB\n"
            "3d9c6848e03d1636  REMOVED\n"
            "\n"
            "Zone redundancy: 1\n"
            "\n"
            "==== NEW CLUSTER LAYOUT AFTER APPLYING CHANGES ====\n"
            "ID                Tags  Zone  Capacity  Usable capacity\n"
            "30f99aea28599fd0  []    z1    2.0 KiB   2.0 KiB (100.0%)\n"
            "\n"
            "Zone redundancy: 1\n"
            "\n"
            "line one\n"
            "line two\n"
            "\n"
            "To enact the staged role changes, type:\n"
            "\n"
            "    garage layout apply --version 1\n"
            "\n"
            "You can also revert all proposed changes with: garage layout revert --yes\n");
  link.expect("GetClusterLayout", staged);
  link.expect("PreviewClusterLayoutChanges", R"({"error": "too small"})");
  EXPECT_THAT(
      run(run_layout_show),
      HasSubstr("Error while trying to compute the assignment: too small\nThis new layout cannot yet be applied.\n"));
}

class LayoutAssign : public ClusterCommands {
 protected:
  void daemon(int times, const std::string& layout = kNoStaged) {
    link.expect("GetClusterLayout", layout);
    for (int i = 0; i < times; ++i) {
      link.expect("GetClusterStatus",
                  R"({"nodes": [{"id": ")" + kA + R"(", "hostname": "h1"}, {"id": ")" + kB + R"("}]})");
      link.expect("GetClusterLayout", layout);
    }
  }
  const std::string reminder =
      "Role changes are staged but not yet committed.\n"
      "Use `garage layout show` to view staged role changes,\n"
      "and `garage layout apply` to enact staged changes.\n";
};

TEST_F(LayoutAssign, StagesSeveralNodes) {
  give("node", "30"), give("node", "3d9");
  give("zone", "dc1"), give("capacity", "100G"), give("tag", "a,b"), give("tag", "c");
  daemon(2);
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_EQ(run(run_layout_assign), reminder);
  const std::string rest = R"(","zone":"dc1","capacity":100000000000,"tags":["a","b","c"]})";
  EXPECT_EQ(link.asked.back(),
            R"(UpdateClusterLayout {"roles":[{"id":")" + kA + rest + R"(,{"id":")" + kB + rest + "]}");
}

TEST_F(LayoutAssign, KeepsWhatIsNotGivenOfTheStagedRole) {
  const std::string layout = R"({"roles": [{"id": ")" + kA + R"(", "zone": "old", "tags": ["x"], "capacity": 5000}],
    "stagedRoleChanges": [{"id": ")" +
                             kA + R"(", "zone": "new", "tags": ["y"], "capacity": 6000}]})";
  give("node", "30"), give("capacity", "7k");
  daemon(1, layout);
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_EQ(run(run_layout_assign), reminder);
  EXPECT_EQ(link.asked.back(),
            R"(UpdateClusterLayout {"roles":[{"id":")" + kA + R"(","zone":"new","capacity":7000,"tags":["y"]}]})");
}

TEST_F(LayoutAssign, NamesWhatIsMissing) {
  give("node", "30"), give("capacity", "1G");
  daemon(1);
  EXPECT_EQ(run(run_layout_assign), "Error: Please specify a zone with the -z flag for node 30f99aea28599fd0");
  session.arguments = {};
  give("node", "30"), give("zone", "z");
  daemon(1);
  EXPECT_THAT(run(run_layout_assign), HasSubstr("Error: Please specify a capacity with the -c flag"));
  session.arguments = {};
  give("node", "3"), give("zone", "z"), give("gateway");
  daemon(1);
  EXPECT_EQ(run(run_layout_assign),
            "Error: 2 nodes match '3': 30f99aea28599fd0 (h1), 3d9c6848e03d1636. Give more of the id");
  give("capacity", "1G");
  EXPECT_THAT(run(run_layout_assign), HasSubstr("mutually exclusive"));
}

TEST_F(LayoutAssign, ReplaceRemovesInTheSameUpdate) {
  give("node", "30"), give("zone", "z"), give("gateway"), give("replace", "3d");
  daemon(2);
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_EQ(run(run_layout_assign), reminder);
  EXPECT_EQ(link.asked.back(), R"(UpdateClusterLayout {"roles":[{"id":")" + kB + R"(","remove":true},{"id":")" + kA +
                                   R"(","zone":"z","capacity":null,"tags":[]}]})");
}

TEST_F(ClusterCommands, LayoutApplyNeedsItsVersion) {
  EXPECT_THAT(run(run_layout_apply), HasSubstr("Error: Please pass the new layout version number"));
  give("version", "x");
  EXPECT_EQ(run(run_layout_apply), "Error: 'x' is not a version number");
  give("version", "2");
  link.refuse("ApplyClusterLayout", {"InvalidRequest", 400, "Bad request: Invalid new layout version"});
  EXPECT_EQ(run(run_layout_apply),
            "Error: ApplyClusterLayout returned InvalidRequest (400): Bad request: Invalid new layout version");
  link.expect("ApplyClusterLayout", R"({"message": ["report"], "layout": {}})");
  EXPECT_EQ(run(run_layout_apply),
            "report\n\n"
            "New cluster layout with updated role assignment has been applied in cluster.\n"
            "Data will now be moved around between nodes accordingly.\n");
  EXPECT_EQ(link.asked.back(), R"(ApplyClusterLayout {"version":2})");
}

TEST_F(LayoutAssign, OnlyKnownNodesAreTaken) {
  // A mistyped one would be waited for.
  for (const std::string& stranger : {std::string("ff"), std::string(64, 'f')}) {
    session.arguments = {};
    give("node", stranger), give("zone", "z"), give("capacity", "1T");
    daemon(1);
    EXPECT_EQ(run(run_layout_assign), "Error: 0 nodes match '" + stranger +
                                          "'. Known are 30f99aea28599fd0 (h1), 3d9c6848e03d1636; another one is made "
                                          "known by `garage node connect`");
  }
  session.arguments = {};
  give("node", "30F99"), give("zone", "z"), give("capacity", "1T");
  daemon(1);
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_EQ(run(run_layout_assign), reminder);
  session.arguments = {};
  give("node", "30"), give("zone", "z"), give("capacity", "1T"), give("replace", "30f");
  daemon(2);
  EXPECT_THAT(run(run_layout_assign), HasSubstr("Error: Node 30f99aea28599fd0 cannot take its own place"));
  session.arguments = {};
}

TEST_F(LayoutAssign, ACapacityNeedsAUnit) {
  for (const char* bare : {"100", "2000", "1000000000"}) {
    session.arguments = {};
    give("node", "30"), give("zone", "z"), give("capacity", bare);
    daemon(1);
    EXPECT_EQ(run(run_layout_assign),
              "Error: The capacity '" + std::string(bare) + "' has no unit: write one behind it, as in `-c 100G`");
  }
  session.arguments = {};
  give("node", "30"), give("zone", "z"), give("capacity", "100B");
  daemon(1);
  EXPECT_EQ(run(run_layout_assign), "Error: Capacity must be at least 1024 bytes, and '100B' is less");
}

TEST_F(LayoutAssign, RemoveSaysWhereThereIsNothingToRemove) {
  give("node", "30");
  link.expect("GetClusterStatus", R"({"nodes": [{"id": ")" + kA + R"("}]})");
  link.expect("GetClusterLayout", kNoStaged);
  link.expect("GetClusterLayout", kNoStaged);
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_EQ(run(run_layout_remove), "Node 30f99aea28599fd0 has no role: there is nothing to remove.\n");
  const std::string layout = R"({"roles": [{"id": ")" + kA + R"(", "zone": "z", "capacity": 5000}]})";
  link.expect("GetClusterStatus", R"({"nodes": [{"id": ")" + kA + R"("}]})");
  link.expect("GetClusterLayout", layout);
  link.expect("GetClusterLayout", layout);
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_EQ(run(run_layout_remove), reminder);
}

TEST_F(ClusterCommands, LayoutApplyRevokesDeadNodes) {
  give("version", "2"), give("revoke", "3d");
  link.expect("GetClusterStatus", R"({"nodes": [{"id": ")" + kA + R"("}, {"id": ")" + kB + R"("}]})");
  link.expect("GetClusterLayout", kNoStaged);
  link.expect("ApplyClusterLayout", R"({"message": [], "layout": {}})");
  run(run_layout_apply);
  EXPECT_EQ(link.asked.back(), R"(ApplyClusterLayout {"version":2,"revoke":[")" + kB + R"("]})");
  give("allow-missing-data");
  link.expect("GetClusterStatus", R"({"nodes": [{"id": ")" + kA + R"("}, {"id": ")" + kB + R"("}]})");
  link.expect("GetClusterLayout", kNoStaged);
  link.expect("ApplyClusterLayout", R"({"message": [], "layout": {}})");
  run(run_layout_apply);
  EXPECT_THAT(link.asked.back(), HasSubstr(R"("allowMissingData":true)"));
}

TEST_F(ClusterCommands, LayoutApplyThatOnlyRevokesMovesNoData) {
  give("version", "3"), give("revoke", kB);
  link.expect("GetClusterStatus", R"({"nodes": [{"id": ")" + kA + R"("}]})");
  link.expect("GetClusterLayout", kNoStaged);
  link.expect("ApplyClusterLayout", R"({"message": ["Version 2 goes on."], "layout": {"version": 2}})");
  EXPECT_EQ(run(run_layout_apply),
            "Version 2 goes on.\n"
            "Node 3d9c6848e03d1636 is not waited for, and refused for ever, even if it comes back.\n");
}

TEST_F(ClusterCommands, LayoutHistoryOfTooManyRevokedNamesWhatHelps) {
  link.expect("GetClusterLayoutHistory", R"({"currentVersion": 4, "minAck": 3, "wouldRevoke": [], "versions": [],
    "waitingFor": {"version": 4, "step": "see it", "nodes": [], "tooManyRevoked": true}, "updateTrackers": {}})");
  const std::string shown = run(run_layout_history);
  EXPECT_THAT(shown, HasSubstr("garage layout skip-dead-nodes --version 4 --allow-missing-data\n"));
  EXPECT_THAT(shown, HasSubstr("If the revoked nodes are lost"));
}

TEST_F(ClusterCommands, LayoutHistoryOfAStableCluster) {
  link.expect("GetClusterLayoutHistory",
              R"({"currentVersion": 7, "minAck": 7, "updateTrackers": null, "versions": [
    {"version": 7, "status": "Current", "storageNodes": 3, "gatewayNodes": 1},
    {"version": 6, "status": "Historical", "storageNodes": 2, "gatewayNodes": 0}]})");
  EXPECT_EQ(run(run_layout_history),
            "==== LAYOUT HISTORY ====\n"
            "Version  Status      Storage nodes  Gateway nodes\n"
            "#7       Current     3              1\n"
            "#6       Historical  2              0\n"
            "\n"
            "Your cluster is in a stable state with a single live layout version.\n"
            "Metadata is where this version wants it; blocks may still be on their way, which is not tracked here.\n");
}

TEST_F(ClusterCommands, LayoutHistoryShowsWhomAChangeWaitsFor) {
  link.expect(
      "GetClusterLayoutHistory", R"({"currentVersion": 7, "minAck": 6, "replicationFactor": 2, "wouldRevoke": [")" +
                                     kB + R"("], "versions": [
    {"version": 7, "status": "Current", "storageNodes": 3, "gatewayNodes": 1},
    {"version": 6, "status": "Draining", "storageNodes": 2, "gatewayNodes": 0}],
    "waitingFor": {"version": 7, "step": "acknowledge it", "nodes": [")" +
                                     kB + R"("], "tooManyRevoked": false},
    "updateTrackers": {")" + kA + R"(": {"ack": 7, "sync": 6, "syncAck": 6}, ")" +
                                     kB + R"(": {"ack": 6, "sync": 6, "syncAck": 6}}})");
  EXPECT_EQ(run(run_layout_history),
            "==== LAYOUT HISTORY ====\n"
            "Version  Status    Storage nodes  Gateway nodes\n"
            "#7       Current   3              1\n"
            "#6       Draining  2              0\n"
            "\n"
            "==== UPDATE TRACKERS ====\n"
            "Node              Ack  Sync  Sync_ack\n"
            "30f99aea28599fd0  #7   #6    #6\n"
            "3d9c6848e03d1636  #6   #6    #6\n"
            "\n"
            "Version #7 waits for these nodes to acknowledge it:\n"
            "  3d9c6848e03d1636\n"
            "\n"
            "If some of these nodes are dead and will not come back, go on without them:\n"
            "\n"
            "    garage layout skip-dead-nodes --version 7\n"
            "\n"
            "Nodes that are not connected then are refused for ever, even if they come back.\n"
            "At present these would be:\n"
            "  3d9c6848e03d1636\n"
            "With replication factor 2 they must really be off: one that lives would go on to serve old data.\n");
}

TEST_F(ClusterCommands, SkipDeadNodesSaysWhoIsRefused) {
  give("version", "7");
  link.expect("ClusterLayoutSkipDeadNodes", R"({"ackUpdated": [")" + kB + R"("], "syncUpdated": []})");
  EXPECT_EQ(run(run_layout_skip_dead_nodes),
            "Node 3d9c6848e03d1636 is not waited for any more, and refused for ever.\n");
  EXPECT_EQ(link.asked.back(), R"(ClusterLayoutSkipDeadNodes {"version":7,"allowMissingData":false})");
  link.expect("ClusterLayoutSkipDeadNodes", R"({"ackUpdated": [], "syncUpdated": []})");
  EXPECT_THAT(run(run_layout_skip_dead_nodes), HasSubstr("Error: All nodes that are waited for are connected"));
  give("allow-missing-data");
  link.expect("ClusterLayoutSkipDeadNodes", R"({"ackUpdated": [], "syncUpdated": [")" + kB + R"("]})");
  EXPECT_EQ(run(run_layout_skip_dead_nodes),
            "Version #7 goes on without the data that only node 3d9c6848e03d1636 may have.\n");
  EXPECT_EQ(link.asked.back(), R"(ClusterLayoutSkipDeadNodes {"version":7,"allowMissingData":true})");
}

TEST_F(ClusterCommands, LayoutRevertConfigAndRemove) {
  EXPECT_THAT(run(run_layout_revert), HasSubstr("--yes"));
  give("yes");
  link.expect("RevertClusterLayout", "{}");
  EXPECT_EQ(run(run_layout_revert), "All proposed role changes in cluster layout have been canceled.\n");
  EXPECT_THAT(run(run_layout_config), HasSubstr("Error: Please specify a parameter"));
  give("redundancy", "2");
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_THAT(run(run_layout_config), HasSubstr("The zone redundancy parameter has been set to 2.\n"));
  EXPECT_EQ(link.asked.back(), R"(UpdateClusterLayout {"parameters":{"zoneRedundancy":{"atLeast":2}}})");
  give("redundancy", "max");
  link.expect("UpdateClusterLayout", "{}");
  EXPECT_THAT(run(run_layout_config), HasSubstr("set to maximum"));
  give("redundancy", "some");
  EXPECT_THAT(run(run_layout_config), HasSubstr("invalid zone redundancy 'some'"));
}

TEST_F(ClusterCommands, StatsPrintsNodesThenTheCluster) {
  link.expect("GetNodeStatistics", R"({"success": {")" + kA + R"(": {"freeform": "node text\n"}}, "error": {}})");
  link.expect("GetClusterStatistics", R"({"freeform": "cluster text\n"})");
  EXPECT_EQ(run(run_stats),
            "==== NODE [30f99aea28599fd0] ====\nnode text\n\n==== CLUSTER STATISTICS ====\ncluster text\n");
  EXPECT_EQ(link.asked.front(), R"(GetNodeStatistics {"node":"self","body":{}})");
  give("all-nodes");
  link.expect("GetNodeStatistics", R"({"success": {}, "error": {")" + kB + R"(": "InternalError (500): gone"}})");
  link.refuse("GetClusterStatistics", {"LayoutNotReady", 503, "Layout not ready"});
  EXPECT_EQ(run(run_stats),
            "==== NODE [3d9c6848e03d1636] ====\nError: InternalError (500): gone\n\n"
            "Error: GetClusterStatistics returned LayoutNotReady (503): Layout not ready");
}

TEST_F(ClusterCommands, StatsAsJsonAreThoseOfTheNodesToo) {
  session.json_operation = "GetClusterStatistics";
  give("all-nodes");
  link.expect("GetNodeStatistics", R"({"success": {"a": {"freeform": "x"}}, "error": {}})");
  link.expect("GetClusterStatistics", R"({"bucketCount": 1})");
  run(run_stats);
  EXPECT_EQ(
      codec::to_json(*session.json_answer),
      R"({"GetNodeStatistics":{"success":{"a":{"freeform":"x"}},"error":{}},"GetClusterStatistics":{"bucketCount":1}})");
}

TEST_F(ClusterCommands, JsonApiTriesNullThenAnObject) {
  give("operation", "GetClusterHealth");
  link.expect("GetClusterHealth", R"({"status": "healthy"})");
  EXPECT_EQ(run(run_json_api), "{\n  \"status\": \"healthy\"\n}\n");
  link.refuse("GetClusterHealth", {"InvalidRequest", 400, "missing"});
  link.refuse("GetClusterHealth", {"InvalidRequest", 400, "still missing"});
  EXPECT_EQ(run(run_json_api), "Error: InvalidRequest (400): still missing");
  EXPECT_THAT(link.asked, ElementsAre("GetClusterHealth null", "GetClusterHealth null", "GetClusterHealth {}"));
  give("payload", "-");
  session.read_stdin = [] { return Result<std::string>("{\"a\": 1}"); };
  link.expect("GetClusterHealth", "null");
  EXPECT_EQ(run(run_json_api), "null\n");
  EXPECT_EQ(link.asked.back(), "GetClusterHealth {\"a\":1}");
  give("payload", "{");
  EXPECT_THAT(run(run_json_api), HasSubstr("Error: Invalid JSON payload"));
  link.refuse("GetClusterHealth", {"", 0, "nobody there"});
  session.arguments = {};
  give("operation", "GetClusterHealth");
  EXPECT_EQ(run(run_json_api), "Error: nobody there");
}

}  // namespace
}  // namespace garage::cli
