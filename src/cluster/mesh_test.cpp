// Nodes that find each other, lose each other and find each other again.
#include "cluster/mesh.hpp"

#include <gmock/gmock.h>

#include "cluster/peer_list.hpp"
#include "cluster/testing/mesh_world.hpp"
#include "cluster/testing/name_proxy.hpp"
#include "env/small_file.hpp"

namespace garage::cluster {
namespace {

using ::testing::HasSubstr;
using testing::MeshNode;
using testing::MeshWorld;
using ::testing::Not;

TEST(Mesh, AllFindAllFromOneAddress) {
  for (const size_t count : {size_t{3}, size_t{7}}) {
    MeshWorld cluster(count);
    cluster.add_cluster(count);
    ASSERT_TRUE(cluster.becomes_full_mesh(5s)) << count;
    // And it stays so: nobody dials what is there already.
    for (int i = 0; i < 20; ++i) {
      cluster.world.run_for(1s);
      EXPECT_TRUE(cluster.is_full_mesh()) << i;
    }
    for (const auto& node : cluster.nodes) EXPECT_EQ(node->server->connections() % 2, 0u);
  }
}

TEST(Mesh, AnswersReachWhoAsked) {
  MeshWorld cluster(1);
  cluster.add_cluster(3);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  cluster.world.run_for(1s);
  for (const auto& from : cluster.nodes) {
    for (const auto& to : cluster.nodes) {
      const std::string name = "h" + std::to_string(to->machine->index());
      for (const net::Lane lane : {net::Lane::kControl, net::Lane::kBlocks}) {
        const auto answer = cluster.ask(*from, to->key.id, "test/who", "", 5s, lane);
        EXPECT_EQ(answer->value(), name + " to " + from->key.id.hex().substr(0, 4));
      }
    }
  }
  const std::string large(5'000'000, 'x');
  MeshNode& first = *cluster.nodes[0];
  MeshNode& second = *cluster.nodes[1];
  EXPECT_EQ(cluster.ask(first, second.key.id, "test/echo", large)->value(), "h1: " + large);
  EXPECT_EQ(cluster.ask(first, second.key.id, "nobody/x", "")->error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(cluster.ask(first, second.key.id, "test/slow", "", 100ms)->error().kind, ErrorKind::kTimeout);
}

TEST(Mesh, ACallToNobodyFailsAtOnce) {
  MeshWorld cluster(1);
  cluster.add_cluster(1);
  cluster.world.run_for(1s);
  const Duration begin = cluster.world.now();
  const auto answer = cluster.ask(*cluster.nodes[0], testing::key_of(7).id, "test/who", "", 60s);
  EXPECT_EQ(answer->error().kind, ErrorKind::kUnavailable);
  EXPECT_LT(cluster.world.now() - begin, 1ms);
}

TEST(Mesh, ConnectIsTriedAtOnceAndTellsHowItWent) {
  MeshWorld cluster(1);
  MeshNode& first = cluster.add();
  MeshNode& second = cluster.add();
  cluster.world.run_for(1s);
  EXPECT_FALSE(cluster.is_full_mesh());
  EXPECT_TRUE(cluster.connect(first, first.name())->has_value());  // itself
  EXPECT_EQ(cluster.connect(first, "nonsense")->error().kind, ErrorKind::kInvalid);
  const auto wrong = cluster.connect(first, second.key.id.hex() + "@" + second.machine->ip() + ":1");
  EXPECT_FALSE(wrong->has_value());
  EXPECT_TRUE(cluster.connect(first, second.name())->has_value());
  EXPECT_TRUE(cluster.is_full_mesh({0, 1}) || cluster.becomes_full_mesh(1s));
  EXPECT_TRUE(cluster.connect(first, second.name())->has_value());
  // Somebody else at that address.
  const auto other = cluster.connect(first, testing::key_of(9).id.hex() + "@" + second.address());
  EXPECT_FALSE(other->has_value());
}

TEST(Mesh, ConnectTellsOfTheAddressThatItWasGiven) {
  MeshWorld cluster(1);
  MeshNode& first = cluster.add();
  MeshNode& second = cluster.add();
  cluster.world.run_for(1s);
  const std::string id = testing::key_of(9).id.hex();
  EXPECT_THAT(cluster.connect(first, id + "@" + second.address())->error().message, HasSubstr("expected was"));
  EXPECT_THAT(cluster.connect(first, id + "@" + second.machine->ip() + ":1")->error().message,
              Not(HasSubstr("expected was")));
  // Another one that is known does as well.
  EXPECT_TRUE(cluster.connect(first, second.name())->has_value());
  second.machine->kill();
  second.mesh = nullptr;
  cluster.world.run_for(20s);
  second.machine->restart();
  EXPECT_TRUE(cluster.connect(first, second.key.id.hex() + "@" + second.machine->ip() + ":2")->has_value());
}

TEST(Mesh, ARestartFindsThePeersOfTheFile) {
  MeshWorld cluster(2);
  cluster.add_cluster(3);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  cluster.world.run_for(2s);
  MeshNode& last = *cluster.nodes[2];
  last.options.bootstrap_peers.clear();
  last.machine->power_cut(sim::CutOptions{});
  cluster.world.run_for(1s);
  last.mesh = nullptr;
  last.machine->restart();
  EXPECT_TRUE(cluster.becomes_full_mesh(15s));  // the others may still think that they are connected
}

TEST(Mesh, WhoHasNeverShownWhoItIsIsNoNode) {
  MeshWorld cluster(1);
  MeshNode& first = cluster.add();
  MeshNode& second = cluster.add();
  cluster.world.run_for(1s);
  const NodeId nobody = testing::key_of(9).id;
  for (const std::string& address : {second.address(), second.machine->ip() + ":1"}) {
    EXPECT_FALSE(cluster.connect(first, nobody.hex() + "@" + address)->has_value());
    cluster.world.run_for(1s);
    EXPECT_EQ(first.mesh->view()->find(nobody), nullptr) << address;
  }
  const auto saved = env::read_file(first.machine->disk(), "meta/peer_list");
  EXPECT_TRUE(!saved || decode_peer_list(*saved)->empty());
  // The command may only have come too early.
  MeshNode& late = cluster.add([](MeshNode& node) { node.key = testing::key_of(8); });
  late.machine->kill();
  late.mesh = nullptr;
  EXPECT_FALSE(cluster.connect(first, late.name())->has_value());
  cluster.world.run_for(60s);
  late.machine->restart();
  EXPECT_TRUE(cluster.becomes_full_mesh(60s, {0, 2}));
}

TEST(Mesh, ADamagedFileIsOnlyAWarning) {
  MeshWorld cluster(2);
  cluster.add_cluster(2);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  cluster.world.run_for(2s);
  MeshNode& last = *cluster.nodes[1];
  const std::string content = *env::read_file(last.machine->disk(), "meta/peer_list");
  EXPECT_EQ(decode_peer_list(content)->size(), 1u);
  last.machine->kill();
  last.mesh = nullptr;
  last.machine->restart();
  ASSERT_TRUE(env::replace_file(last.machine->disk(), "meta/peer_list", "damaged" + content, 0600));
  EXPECT_TRUE(cluster.becomes_full_mesh(15s));
}

// One well-known name is enough, even if every node has moved.
TEST(Mesh, AllAddressesMayChange) {
  for (const bool port_only : {false, true}) {
    MeshWorld cluster(3);
    cluster.world.network().add_host("garage.example", {"10.0.0.1"});
    for (size_t i = 0; i < 4; ++i) {
      cluster.add([port_only](MeshNode& node) {
        node.announces_port_only = port_only;
        node.options.bootstrap_peers = {testing::key_of(0).id.hex() + "@garage.example:3901",
                                        testing::key_of(0).id.hex() + "@garage.example:4901"};
      });
    }
    ASSERT_TRUE(cluster.becomes_full_mesh(5s));
    cluster.world.run_for(2s);
    for (const auto& node : cluster.nodes) node->machine->kill();
    for (const auto& node : cluster.nodes) {
      node->mesh = nullptr;
      node->port = static_cast<uint16_t>(node->port + 1000);
      node->machine->restart();
    }
    EXPECT_TRUE(cluster.becomes_full_mesh(60s)) << port_only;
  }
}

// docs/formats/peer.md: a proxy can route by the name that is dialled.
TEST(Mesh, TwoNodesBehindOneProxyAreToldApartByTheirNames) {
  MeshWorld cluster(1);
  MeshNode& first = cluster.add();
  MeshNode& second = cluster.add();
  MeshNode& third = cluster.add();
  auto& proxy = cluster.world.add_node([&](sim::SimNode& machine) {
    const std::map<std::string, std::string> routes{{"second.example", second.address()},
                                                    {"third.example", third.address()}};
    machine.own(std::make_unique<testing::NameProxy>(machine.env(), routes)).listen(machine.ip() + ":3901");
  });
  for (const char* name : {"second.example", "third.example"}) cluster.world.network().add_host(name, {proxy.ip()});
  cluster.world.run_for(1s);
  for (const auto& [node, name] : {std::pair(&second, "second.example"), std::pair(&third, "third.example")}) {
    const auto outcome = cluster.connect(first, node->key.id.hex() + "@" + name + ":3901");
    EXPECT_TRUE(outcome->has_value()) << outcome->error().message;
  }
  EXPECT_TRUE(cluster.becomes_full_mesh(5s, {0, 1, 2}));
}

TEST(Mesh, AFrozenPeerIsSuspectedThenLostThenBack) {
  MeshWorld cluster(4);
  cluster.add_cluster(3);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  cluster.world.run_for(2s);
  MeshNode& frozen = *cluster.nodes[2];
  frozen.machine->pause(30s);
  cluster.world.run_for(3500ms);
  const PeerView peer = *cluster.nodes[0]->mesh->view()->find(frozen.key.id);
  EXPECT_TRUE(peer.up);
  EXPECT_TRUE(peer.suspected);
  EXPECT_FALSE(cluster.nodes[0]->mesh->is_up(frozen.key.id));
  const auto order = cluster.nodes[0]->mesh->nearest_first({frozen.key.id, cluster.nodes[1]->key.id});
  EXPECT_EQ(order[0], cluster.nodes[1]->key.id);
  cluster.world.run_for(9s);
  EXPECT_FALSE(cluster.nodes[0]->mesh->view()->find(frozen.key.id)->up);
  EXPECT_THAT(cluster.nodes[0]->mesh->view()->find(frozen.key.id)->trouble, HasSubstr("no answer for 10 s"));
  EXPECT_TRUE(cluster.becomes_full_mesh(60s));
}

TEST(Mesh, AShortPatienceKeepsItsConnections) {
  MeshWorld cluster(13);
  for (size_t i = 0; i < 2; ++i) {
    cluster.add([&](MeshNode& node) {
      node.options.ping.timeout = 300ms;
      if (i > 0) node.options.bootstrap_peers = {cluster.nodes[0]->name()};
    });
  }
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  for (int i = 0; i < 20; ++i) {
    cluster.world.run_for(100ms);
    EXPECT_TRUE(cluster.is_full_mesh()) << i;
  }
  cluster.nodes[1]->machine->pause(2s);
  cluster.world.run_for(1s);
  EXPECT_THAT(cluster.nodes[0]->mesh->view()->find(cluster.nodes[1]->key.id)->trouble, HasSubstr("300 ms"));
}

TEST(Mesh, AOneWayCutIsNoticedByBoth) {
  MeshWorld cluster(5);
  cluster.add_cluster(3);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  cluster.world.run_for(2s);
  cluster.world.links().block(0, 1);
  cluster.world.run_for(3500ms);
  EXPECT_FALSE(cluster.nodes[0]->mesh->is_up(cluster.nodes[1]->key.id));
  EXPECT_FALSE(cluster.nodes[1]->mesh->is_up(cluster.nodes[0]->key.id));
  EXPECT_TRUE(cluster.is_full_mesh({0, 2}));
  EXPECT_TRUE(cluster.is_full_mesh({1, 2}));
  cluster.world.run_for(9s);
  EXPECT_FALSE(cluster.nodes[0]->mesh->view()->find(cluster.nodes[1]->key.id)->up);
  EXPECT_FALSE(cluster.nodes[1]->mesh->view()->find(cluster.nodes[0]->key.id)->up);
  cluster.world.links().heal();
  EXPECT_TRUE(cluster.becomes_full_mesh(60s));
}

TEST(Mesh, OneWhoKeepsADocumentBackIsNotTheOnlyOneAsked) {
  MeshWorld cluster(12);
  cluster.add_cluster(3);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  MeshNode &silent = *cluster.nodes[0], &behind = *cluster.nodes[1], &ahead = *cluster.nodes[2];
  silent.keeps_documents_back = true;
  silent.document->value = 9;
  cluster.world.run_for(7s);  // it is being asked
  ahead.document->value = 5;
  cluster.world.run_for(7s);
  EXPECT_EQ(behind.document->value, 5);
}

TEST(Mesh, APartitionHeals) {
  MeshWorld cluster(6);
  cluster.add_cluster(5);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  cluster.world.links().isolate({0, 1}, cluster.world.node_count());
  cluster.world.run_for(30s);
  EXPECT_TRUE(cluster.is_full_mesh({0, 1}));
  EXPECT_TRUE(cluster.is_full_mesh({2, 3, 4}));
  EXPECT_FALSE(cluster.nodes[0]->mesh->is_up(cluster.nodes[2]->key.id));
  EXPECT_EQ(cluster.ask(*cluster.nodes[0], cluster.nodes[2]->key.id, "test/who", "")->error().kind,
            ErrorKind::kUnavailable);
  cluster.world.links().heal();
  EXPECT_TRUE(cluster.becomes_full_mesh(60s));
}

TEST(Mesh, LivesThroughARoughWorld) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    sim::FaultOptions faults;
    faults.network.short_read_probability = 0.2;
    faults.network.segment_reset_probability = 0.002;
    faults.network.connect_failure_probability = 0.2;
    MeshWorld cluster(seed, faults);
    for (size_t i = 0; i < 4; ++i) {
      cluster.add([&cluster, i](MeshNode& node) {
        node.loops = 1 + i % 3;
        if (i > 0) node.options.bootstrap_peers = {cluster.nodes[0]->name()};
      });
    }
    for (int round = 0; round < 20; ++round) {
      cluster.world.run_for(3s);
      sim::SimNode& node = cluster.world.node(static_cast<sim::NodeIndex>(cluster.world.random().below(4)));
      if (node.alive()) {
        node.kill();
      } else {
        node.restart();
      }
    }
    cluster.world.links().faults() = {};
    for (const auto& node : cluster.nodes) {
      if (!node->machine->alive()) node->machine->restart();
    }
    EXPECT_TRUE(cluster.becomes_full_mesh(60s)) << seed;
  }
}

TEST(Mesh, DocumentsConverge) {
  MeshWorld cluster(7);
  cluster.add_cluster(5);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  const auto all_have = [&cluster](int value) {
    for (const auto& node : cluster.nodes) {
      if (node->document->value != value) return false;
    }
    return true;
  };
  cluster.nodes[3]->document->value = 5;
  cluster.world.run_until([] { return false; }, 1ms);
  cluster.nodes[3]->mesh->announce();
  EXPECT_TRUE(cluster.world.run_until([&] { return all_have(5); }, 2s));  // not only with the next round

  cluster.world.links().isolate({0, 1}, cluster.world.node_count());
  cluster.nodes[0]->document->value = 6;
  cluster.nodes[2]->document->value = 7;
  cluster.world.run_for(30s);
  EXPECT_EQ(cluster.nodes[1]->document->value, 6);
  EXPECT_EQ(cluster.nodes[4]->document->value, 7);
  cluster.world.links().heal();
  EXPECT_TRUE(cluster.world.run_until([&] { return all_have(7); }, 60s));

  cluster.world.run_for(6s);
  const int merges = cluster.nodes[0]->document->merges;
  cluster.world.run_for(30s);
  EXPECT_EQ(cluster.nodes[0]->document->merges, merges);  // nothing is pulled where all agree
}

TEST(Mesh, DocumentsArePulledInPages) {
  MeshWorld cluster(7);
  cluster.add_cluster(2);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  auto& told = *cluster.nodes[0]->document;
  auto& heard = *cluster.nodes[1]->document;
  const auto tell = [&](int value) { return cluster.second_hears(value, 10s); };
  told.has_pages = told.is_too_large = true;
  EXPECT_TRUE(tell(5));
  EXPECT_GE(heard.merges, 5);
  // Whose pages cannot be had is asked again, and what is given up is no hindrance to what comes later.
  told.has_pages = false;
  EXPECT_FALSE(tell(6));
  told.is_too_large = false;
  EXPECT_TRUE(tell(7));  // as by an older program
}

TEST(Mesh, WhatCannotBecomeEqualIsPulledMoreAndMoreRarely) {
  MeshWorld cluster(7);
  cluster.add_cluster(2);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  auto& flawed = *cluster.nodes[0]->document;
  auto& sound = *cluster.nodes[1]->document;
  const auto tell = [&](int value) { return cluster.second_hears(value, 2s); };
  flawed.flaw = "a damaged row";
  int before = sound.merges;
  cluster.world.run_for(10min);
  EXPECT_GT(sound.merges - before, 3);
  EXPECT_LT(sound.merges - before, 15);
  EXPECT_TRUE(tell(5));  // news is pulled at once
  // And who cannot give it at all is asked as rarely.
  flawed.is_too_large = true;
  EXPECT_FALSE(tell(6));
  before = flawed.exports;
  cluster.world.run_for(10min);
  EXPECT_LT(flawed.exports - before, 15);
  flawed.is_too_large = false;
  EXPECT_TRUE(tell(7));
}

TEST(Mesh, StatusesAndClocksAreKnown) {
  MeshWorld cluster(8);
  cluster.add_cluster(3);
  cluster.world.run_for(1ms);
  cluster.nodes[1]->machine->clock().set_wall_offset(std::chrono::minutes(20));
  cluster.world.run_for(20s);
  const auto view = cluster.nodes[0]->mesh->view();
  const PeerView& peer = *view->find(cluster.nodes[1]->key.id);
  EXPECT_EQ(peer.status->report.hostname, "h1");
  EXPECT_EQ(peer.status->report.data->available_bytes, 60u);
  EXPECT_EQ(peer.status->report.resync_queue, 3u);
  EXPECT_EQ(peer.address, cluster.nodes[1]->address());
  EXPECT_NEAR(static_cast<double>(peer.clock_ahead_ms), 1'200'000, 1000);
  EXPECT_NEAR(static_cast<double>(view->clock_offset_ms), 0, 1000);
  EXPECT_NEAR(static_cast<double>(cluster.nodes[1]->mesh->view()->clock_offset_ms), -1'200'000, 1000);
  EXPECT_GT(peer.service_time, 0s);
}

TEST(Mesh, ASecondProcessWithTheSameKeyIsRefusedWhileTheFirstAnswers) {
  MeshWorld cluster(11);
  cluster.add_cluster(2);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  MeshNode& twin = cluster.add_twin_of(1);
  cluster.world.run_for(20s);
  EXPECT_TRUE(cluster.is_full_mesh({0, 1}));
  EXPECT_FALSE(twin.mesh->view()->find(cluster.nodes[0]->key.id)->up);
  EXPECT_THAT(twin.mesh->view()->find(cluster.nodes[0]->key.id)->trouble, HasSubstr("same node key"));
  EXPECT_THAT(cluster.nodes[0]->mesh->view()->find(twin.key.id)->trouble, HasSubstr("same node key"));
  // When the first one is gone, the second may come.
  cluster.nodes[1]->machine->power_cut(sim::CutOptions{});
  EXPECT_TRUE(cluster.world.run_until([&] { return twin.mesh->is_up(cluster.nodes[0]->key.id); }, 60s));
}

// What the first loop of each does for the others is counted by who accepts: it hands the strands over.
TEST(Mesh, StrandsComeAndGoWithTheControlConnection) {
  MeshWorld cluster(13);
  for (size_t i = 0; i < 3; ++i) {
    cluster.add([&cluster, i](MeshNode& node) {
      node.loops = i == 2 ? 4 : 3;
      if (i > 0) node.options.bootstrap_peers = {cluster.nodes[0]->name()};
    });
  }
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  cluster.world.run_for(2s);
  const auto strands = [&cluster](size_t node) { return cluster.nodes[node]->mesh->view()->strands; };
  EXPECT_EQ(strands(0), 2u * 2 * 2);  // two loops, two peers, two lanes
  EXPECT_EQ(strands(1), 2u * 2 * 2);
  EXPECT_EQ(strands(2), 2u * 2 * 2);  // the others have no loop for a fourth
  cluster.nodes[2]->machine->kill();
  cluster.nodes[2]->mesh = nullptr;
  cluster.world.run_for(2s);
  EXPECT_EQ(strands(0), 2u * 2);
  cluster.nodes[2]->machine->restart();
  ASSERT_TRUE(cluster.becomes_full_mesh(15s));
  cluster.world.run_for(2s);
  EXPECT_EQ(strands(0), 2u * 2 * 2);
  EXPECT_EQ(strands(2), 2u * 2 * 2);
  cluster.stop(*cluster.nodes[1]);
  cluster.world.run_for(1s);
  EXPECT_EQ(strands(0), 2u * 2);
}

TEST(Mesh, StoppingLetsRequestsEndAndTellsPeers) {
  MeshWorld cluster(12);
  cluster.add_cluster(2);
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  MeshNode& leaving = *cluster.nodes[1];
  auto answer = std::make_shared<MeshWorld::Answer>();
  cluster.stop(leaving);
  cluster.world.run_for(100ms);
  EXPECT_FALSE(cluster.nodes[0]->mesh->is_up(leaving.key.id));
  EXPECT_EQ(cluster.ask(leaving, cluster.nodes[0]->key.id, "test/who", "")->error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(leaving.server->connections(), 0u);
}

TEST(Mesh, ARevokedNodeIsLetGoAndDoesNotComeBack) {
  MeshWorld cluster(1);
  bool is_revoked = false;
  cluster.add_cluster(3);
  const NodeId gone = cluster.nodes[2]->key.id;
  for (const size_t i : {0u, 1u})
    cluster.nodes[i]->options.is_revoked = [&](const NodeId& node) { return is_revoked && node == gone; };
  ASSERT_TRUE(cluster.becomes_full_mesh(5s));
  is_revoked = true;
  const auto is_alone = [&] {
    return !cluster.nodes[0]->mesh->is_up(gone) && !cluster.nodes[1]->mesh->is_up(gone) &&
           !cluster.nodes[2]->mesh->is_up(cluster.nodes[0]->key.id);
  };
  ASSERT_TRUE(cluster.world.run_until(is_alone, 30s));
  cluster.world.run_for(60s);
  EXPECT_TRUE(is_alone());
  EXPECT_TRUE(cluster.is_full_mesh({0, 1}));
  EXPECT_THAT(cluster.nodes[2]->mesh->view()->find(cluster.nodes[0]->key.id)->trouble, HasSubstr("was revoked"));
}

}  // namespace
}  // namespace garage::cluster
