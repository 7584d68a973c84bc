// node connect, and what status says of nodes that are in trouble
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing/fake_link.hpp"

namespace garage::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kNoStaged = R"({"version": 1, "roles": [], "stagedRoleChanges": [], "stagedParameters": null})";

class NodeCommands : public testing::CommandTest {};

TEST_F(NodeCommands, ConnectTellsHowItWent) {
  give("peer", "30@h:1");
  const char* nodes =
      R"({"nodes": [{"id": "30", "isUp": true, "addr": "h:1"}, {"id": "31", "isUp": false, "addr": "h:1"}]})";
  link.expect("GetClusterStatus", nodes);
  link.expect("ConnectClusterNodes", R"([{"success": true, "error": null}])");
  EXPECT_EQ(run(run_node_connect), "Success.\n");
  EXPECT_EQ(link.asked.back(), R"(ConnectClusterNodes ["30@h:1"])");
  link.expect("GetClusterStatus", nodes);
  link.expect("ConnectClusterNodes", R"([{"success": false, "error": "nobody listens"}])");
  EXPECT_EQ(run(run_node_connect), "Error: Could not connect to node 30@h:1: nobody listens");
  // Of one that is connected another address is not tried.
  session.arguments = {};
  give("peer", "30@h:9");
  link.expect("GetClusterStatus", nodes);
  link.expect("ConnectClusterNodes", R"([{"success": true, "error": null}])");
  EXPECT_EQ(run(run_node_connect), "Success: the node was connected already, at h:1. h:9 was not tried.\n");
}

TEST_F(NodeCommands, StatusSaysWhyANodeIsMissing) {
  link.expect("GetClusterStatus", R"({"layoutVersion": 1, "clockOffsetMs": -1200000, "nodes": [
    {"id": "30f99aea28599fd000", "isUp": false, "draining": true, "role": null, "trouble": "the RPC secret\ndiffers"}]})");
  link.expect("GetClusterLayout", kNoStaged);
  const std::string out = run(run_status);
  EXPECT_THAT(out, HasSubstr("30f99aea28599fd0  ?                     draining metadata..  never seen\n"));
  EXPECT_THAT(out, HasSubstr("\nNode 30f99aea28599fd0: the RPC secret?differs\n"));
  EXPECT_THAT(out, HasSubstr("garage layout skip-dead-nodes"));
  EXPECT_THAT(out, HasSubstr("The clock of this node is 20 minutes ahead of the clocks of the cluster"));
}

TEST_F(NodeCommands, StatusIsSilentAboutSmallDifferencesOfClocks) {
  link.expect("GetClusterStatus", R"({"layoutVersion": 1, "clockOffsetMs": 599000, "nodes": []})");
  link.expect("GetClusterLayout", kNoStaged);
  EXPECT_THAT(run(run_status), Not(HasSubstr("clock")));
}

}  // namespace
}  // namespace garage::cli
