// Two meshes over real sockets, asked from every loop of a process at the same time.
#include <algorithm>
#include <atomic>

#include "cluster/mesh.hpp"
#include "env/posix/test_world.hpp"
#include "runtime/sleep.hpp"

namespace garage::cluster {
namespace {

class Source : public StatusSource {
 public:
  Task<NodeReport> report() override { co_return NodeReport{}; }
};

// Says on which loop it was asked, or what it was told.
class Echo : public net::RequestHandler {
 public:
  explicit Echo(env::Loops loops) : loops_(std::move(loops)) {}
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo&) override {
    if (operation != "test/where") co_return payload;
    co_return std::to_string(std::ranges::find(loops_, runtime::Loop::current()) - loops_.begin());
  }

 private:
  const env::Loops loops_;
};

struct Node {
  Node(env::Env& env, char seed)
      : key(*net::NodeKey::from_seed(Secret(std::string(32, seed)))),
        facts{.boot_id = env.random.id<Uuid>(), .replication_factor = 1, .public_address = "", .strands = 3},
        clock(env.clock),
        echo(env.loops),
        mesh(*Mesh::create(
            {.env = env, .clock = clock, .key = key, .rpc_secret = Secret("s"), .facts = facts, .source = source}, {})),
        server(env, key, Secret("s"), facts, echo) {
    mesh->answer("test", echo);
    server.set_peer_host(*mesh);
  }

  net::NodeKey key;
  net::HelloFacts facts;
  Source source;
  ClusterClock clock;
  Echo echo;
  std::unique_ptr<Mesh> mesh;
  net::Server server;
};

class MeshOnSockets : public ::testing::Test {
 protected:
  Task<void> begin() {
    for (const char seed : {'a', 'b'}) {
      nodes_.push_back(std::make_unique<Node>(env_, seed));
      EXPECT_TRUE(nodes_.back()->server.listen({"127.0.0.1:0"}));
      nodes_.back()->mesh->start();
    }
    const std::string name = nodes_[1]->key.id.hex() + "@" + nodes_[1]->server.addresses().front().text;
    const auto connected = co_await nodes_[0]->mesh->connect(name);
    EXPECT_TRUE(connected) << connected.error().message;
    for (int i = 0; i < 1000 && !nodes_[1]->mesh->is_up(nodes_[0]->key.id); ++i) co_await runtime::sleep_for(10ms);
  }
  Task<void> ask_often() {
    runtime::TaskGroup group;
    for (int i = 0; i < 20; ++i) group.spawn(ask(i));
    co_await group.join();
  }
  Task<void> ask(int number) {
    for (int i = 0; i < 50; ++i) {
      const std::string payload = std::to_string(number * 1000 + i) + std::string(i % 10 == 0 ? 300'000 : 10, 'x');
      Node& from = *nodes_[static_cast<size_t>(i % 2)];
      Node& to = *nodes_[static_cast<size_t>(1 - i % 2)];
      const net::CallOptions options{.deadline = runtime::Loop::current()->now() + 60s,
                                     .lane = i % 3 == 0 ? net::Lane::kBlocks : net::Lane::kControl};
      const auto answer = co_await from.mesh->call(to.key.id, "test/echo", payload, options);
      if (answer && *answer == payload) ++right_;
      if (from.mesh->nearest_first({to.key.id, from.key.id})[0] != from.key.id) ++wrong_;
      from.mesh->announce();
    }
  }
  // Of both ways: who dialled the other does not matter. Strands are opened a moment after the nodes know each other.
  Task<void> ask_where(size_t loop) {
    for (size_t i = 0; i < 2; ++i) {
      for (const net::Lane lane : {net::Lane::kControl, net::Lane::kBlocks}) {
        std::string where;
        for (int tries = 0; tries < 1000 && where != std::to_string(loop); ++tries) {
          const net::CallOptions options{.deadline = runtime::Loop::current()->now() + 60s, .lane = lane};
          where = (co_await nodes_[i]->mesh->call(nodes_[1 - i]->key.id, "test/where", "", options)).value_or("?");
          if (where != std::to_string(loop)) co_await runtime::sleep_for(10ms);
        }
        EXPECT_EQ(where, std::to_string(loop));
      }
      const net::CallOptions options{.deadline = runtime::Loop::current()->now() + 60s};
      EXPECT_EQ((co_await nodes_[i]->mesh->call(nodes_[1 - i]->key.id, "where", "", options)).error().kind,
                ErrorKind::kUnsupported);
    }
  }
  Task<void> end() {
    for (const auto& node : nodes_) co_await node->mesh->stop(5s);
    for (const auto& node : nodes_) co_await node->server.stop(5s);
  }

  env::posix::TestWorld world_{{.loops = 3, .disk_threads = 2, .compute_threads = 1}};
  env::Env env_ = world_->env();
  std::vector<std::unique_ptr<Node>> nodes_;
  std::atomic<int> right_ = 0;
  std::atomic<int> wrong_ = 0;
};

TEST_F(MeshOnSockets, EveryLoopAsks) {
  world_.run(begin());
  std::vector<std::thread> askers;
  for (size_t loop = 0; loop < 3; ++loop) askers.emplace_back([this, loop] { world_.run(ask_often(), loop); });
  for (auto& asker : askers) asker.join();
  EXPECT_EQ(right_, 3 * 20 * 50);
  EXPECT_EQ(wrong_, 0);
  world_.run(end());
}

TEST_F(MeshOnSockets, WhatALoopAsksIsAnsweredOnItsTwin) {
  world_.run(begin());
  for (size_t loop = 0; loop < 3; ++loop) world_.run(ask_where(loop), loop);
  world_.run(end());
}

}  // namespace
}  // namespace garage::cluster
