// Nodes that are sent away, and come again.
#include <gmock/gmock.h>

#include <algorithm>

#include "base/log.hpp"
#include "cluster/testing/mesh_world.hpp"

namespace garage::cluster {
namespace {

using ::testing::HasSubstr;
using testing::MeshNode;
using testing::MeshWorld;

// What would be in the logs of all nodes.
class Lines : public log::Sink {
 public:
  Lines() { log::install_sink(this); }
  ~Lines() override { log::install_sink(nullptr); }
  bool wants(log::Level level, std::string_view) override { return level <= log::Level::kInfo; }
  void write(log::Level level, std::string_view, std::string_view message) override {
    lines_.emplace_back(level, message);
  }
  int64_t with(std::string_view text, log::Level worst = log::Level::kInfo) const {
    return std::ranges::count_if(lines_,
                                 [&](const auto& line) { return line.first <= worst && line.second.contains(text); });
  }

 private:
  std::vector<std::pair<log::Level, std::string>> lines_;
};

// How often it dials in that time, as one sees that it dials only.
int dials_at(MeshWorld& cluster, const MeshNode& node, Duration within) {
  int dials = 0;
  size_t before = node.server->connections();
  for (Duration time{0}; time < within; time += 5ms) {
    cluster.world.run_for(5ms);
    const size_t now = node.server->connections();
    dials += now > before ? 1 : 0;
    before = now;
  }
  return dials;
}

TEST(Refusals, ARevokedNodeSaysSoOnceAndTriesMoreAndMoreRarely) {
  const Lines lines;
  MeshWorld cluster(1);
  cluster.add_cluster(3);
  MeshNode& gone = *cluster.nodes[2];
  for (const size_t i : {0u, 1u})
    cluster.nodes[i]->options.is_revoked = [&](const NodeId& node) { return node == gone.key.id; };
  ASSERT_TRUE(cluster.becomes_full_mesh(5s, {0, 1}));
  EXPECT_LT(dials_at(cluster, *cluster.nodes[0], 2min), 25);
  EXPECT_EQ(lines.with("this node was revoked", log::Level::kWarn), 1);
  EXPECT_LE(lines.with("refused node", log::Level::kWarn), 2);
  EXPECT_LT(lines.with(""), 12);
  EXPECT_TRUE(gone.mesh->view()->revoked);
  EXPECT_FALSE(cluster.nodes[0]->mesh->view()->revoked);
}

TEST(Refusals, ATwinIsReportedOnceAndForgotten) {
  const Lines lines;
  MeshWorld cluster(11);
  cluster.add_cluster(2);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  MeshNode& twin = cluster.add_twin_of(1);
  EXPECT_LT(dials_at(cluster, *cluster.nodes[0], 2min), 25);
  EXPECT_EQ(lines.with("refused node", log::Level::kWarn), 1);
  EXPECT_EQ(lines.with("refuses this one", log::Level::kWarn), 1);
  const auto trouble = [&] { return cluster.nodes[0]->mesh->view()->find(twin.key.id)->trouble; };
  EXPECT_THAT(trouble(), HasSubstr("same node key"));
  twin.machine->kill();
  twin.mesh = nullptr;
  cluster.world.run_for(2min);
  EXPECT_EQ(trouble(), "");
  EXPECT_TRUE(cluster.is_full_mesh({0, 1}));
}

TEST(Refusals, WhoWasReplacedIsNotDialledAtTheAddressOfAnother) {
  MeshWorld cluster(3);
  cluster.add_cluster(3);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  MeshNode& replaced = *cluster.nodes[2];
  const NodeId before = replaced.key.id;
  replaced.machine->kill();
  replaced.mesh = nullptr;
  replaced.key = testing::key_of(9);
  replaced.machine->restart();
  ASSERT_TRUE(cluster.becomes_full_mesh(60s));
  cluster.world.run_for(60s);
  for (const size_t i : {0u, 1u})
    EXPECT_THAT(cluster.nodes[i]->mesh->view()->find(before)->trouble, HasSubstr("another node")) << i;
}

TEST(Refusals, AnotherNodeAtItsAddressIsNoRefusalByTheOneThatWasReplaced) {
  MeshWorld cluster(3);
  cluster.add_cluster(2);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  const NodeId before = cluster.nodes[1]->key.id;
  cluster.nodes[1]->machine->kill();
  cluster.nodes[1]->mesh = nullptr;
  cluster.nodes[1]->key = testing::key_of(9);
  cluster.nodes[1]->options.bootstrap_peers.clear();
  cluster.nodes[1]->machine->restart();
  const auto known = [&] { return cluster.nodes[0]->mesh->view()->find(before); };
  cluster.world.run_until([&] { return known()->trouble.contains("expected was"); }, 60s);
  EXPECT_THAT(known()->trouble, HasSubstr("expected was"));
  EXPECT_FALSE(known()->refused);
}

}  // namespace
}  // namespace garage::cluster
