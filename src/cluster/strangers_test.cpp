// Nodes that are met and have no place in this cluster.
#include <gmock/gmock.h>

#include "cluster/peer_list.hpp"
#include "cluster/testing/mesh_world.hpp"
#include "env/small_file.hpp"

namespace garage::cluster {
namespace {

using ::testing::HasSubstr;
using testing::MeshNode;
using testing::MeshWorld;

TEST(Strangers, TwoClustersThatMeetStayApart) {
  MeshWorld cluster(11);
  for (const char* name : {"the first", "the second", ""}) {
    cluster.add([&](MeshNode& node) {
      node.cluster = name;
      if (node.machine->index() > 0) node.options.bootstrap_peers = {cluster.nodes[0]->name()};
    });
  }
  MeshNode &first = *cluster.nodes[0], &second = *cluster.nodes[1], &joins = *cluster.nodes[2];
  cluster.world.run_for(1ms);
  first.document->value = 1;
  second.document->value = 2;
  cluster.world.run_for(60s);
  EXPECT_EQ(first.document->value, 1);
  EXPECT_EQ(second.document->value, 2);
  for (const auto& [node, other] : {std::pair(&first, &second), std::pair(&second, &first)}) {
    EXPECT_FALSE(node->mesh->is_up(other->key.id));
    EXPECT_THAT(node->mesh->view()->find(other->key.id)->trouble, HasSubstr("another cluster"));
  }
  // Who belongs to none yet waits until it is known whose it becomes.
  EXPECT_TRUE(cluster.is_full_mesh({0, 2}));
  EXPECT_EQ(joins.document->value, 0);
  joins.cluster = first.cluster;
  cluster.world.run_for(10s);
  EXPECT_EQ(joins.document->value, 1);
  // One that was emptied may come over.
  second.cluster = first.cluster;
  EXPECT_TRUE(cluster.becomes_full_mesh(10min));
  EXPECT_EQ(first.mesh->view()->find(second.key.id)->trouble, "");
  cluster.world.run_for(10s);
  EXPECT_EQ(first.document->value, 2);
}

TEST(Strangers, TwoClustersThatMeetForgetEachOther) {
  MeshWorld cluster(11);
  for (const char* name : {"the first", "the second"}) {
    cluster.add([&](MeshNode& node) {
      node.cluster = name;
      node.options.strangers_remembered = 2h;
      // One of the two is told to look for the other.
      if (node.machine->index() > 0) node.options.bootstrap_peers = {cluster.nodes[0]->name()};
    });
  }
  MeshNode &first = *cluster.nodes[0], &second = *cluster.nodes[1];
  cluster.world.run_for(10s);
  const auto remembered = [](MeshNode& node) {
    return decode_peer_list(*env::read_file(node.machine->disk(), "meta/peer_list"))->size();
  };
  EXPECT_EQ(remembered(first), 1u);
  int meetings = 0;
  bool were_together = false;
  for (int i = 0; i < 2 * 3 * 3600; ++i) {
    cluster.world.run_for(500ms);
    const PeerView* peer = first.mesh->view()->find(second.key.id);
    const bool together = first.server->connections() > 0;
    if (together && !were_together) ++meetings;
    were_together = together;
    if (peer == nullptr) continue;
    ASSERT_THAT(peer->trouble, HasSubstr("another cluster")) << i;
    ASSERT_FALSE(peer->up) << "nobody shall ask it, or take it for one that is well";
  }
  EXPECT_GT(meetings, 10);  // who was emptied is to be met
  EXPECT_LT(meetings, 30);
  EXPECT_EQ(remembered(first), 0u);
}

TEST(Strangers, AWrongSecretStaysOut) {
  MeshWorld cluster(9);
  cluster.add_cluster(2);
  MeshNode& stranger = cluster.add([&cluster](MeshNode& node) {
    node.secret = Secret("another");
    node.options.bootstrap_peers = {cluster.nodes[0]->name()};
  });
  ASSERT_TRUE(cluster.becomes_full_mesh(5s, {0, 1}));
  cluster.world.run_for(30s);
  EXPECT_FALSE(stranger.mesh->is_up(cluster.nodes[0]->key.id));
  EXPECT_THAT(stranger.mesh->view()->find(cluster.nodes[0]->key.id)->trouble, HasSubstr("the RPC secret differs"));
  EXPECT_EQ(cluster.nodes[0]->mesh->view()->find(stranger.key.id), nullptr);
  EXPECT_TRUE(cluster.is_full_mesh({0, 1}));
}

TEST(Strangers, AnotherReplicationFactorStaysOutAndIsShown) {
  MeshWorld cluster(10);
  cluster.add_cluster(2);
  MeshNode& other = cluster.add([&cluster](MeshNode& node) {
    node.replication_factor = 2;
    node.options.bootstrap_peers = {cluster.nodes[0]->name()};
  });
  cluster.world.run_for(30s);
  EXPECT_TRUE(cluster.is_full_mesh({0, 1}));
  EXPECT_FALSE(other.mesh->is_up(cluster.nodes[0]->key.id));
  EXPECT_THAT(other.mesh->view()->find(cluster.nodes[0]->key.id)->trouble,
              HasSubstr("Set the same replication_factor in the configuration of both"));
  EXPECT_THAT(cluster.nodes[0]->mesh->view()->find(other.key.id)->trouble, HasSubstr("replication factor"));
}

}  // namespace
}  // namespace garage::cluster
