// A simulated cluster of nothing but meshes, for tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/mesh.hpp"
#include "crypto/digest.hpp"
#include "net/server.hpp"
#include "runtime/sleep.hpp"
#include "sim/world.hpp"

namespace garage::cluster::testing {

inline net::NodeKey key_of(size_t index) {
  return *net::NodeKey::from_seed(Secret(std::string(31, 'k') + static_cast<char>('a' + index)));
}

class TestSource : public StatusSource {
 public:
  explicit TestSource(std::string hostname) : hostname_(std::move(hostname)) {}
  Task<NodeReport> report() override {
    co_return NodeReport{.hostname = hostname_,
                         .version = "v1",
                         .data = env::Space{.total_bytes = 100, .available_bytes = 60},
                         .metadata = std::nullopt,
                         .resync_queue = 3};
  }

 private:
  std::string hostname_;
};

// Answers who asks, by its short name; "test/slow" after a second.
class TestHandler : public net::RequestHandler {
 public:
  explicit TestHandler(std::string name) : name_(std::move(name)) {}
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override {
    if (operation == "test/slow") co_await runtime::sleep_for(1s);
    if (operation == "test/who") co_return name_ + " to " + who.id.hex().substr(0, 4);
    co_return name_ + ": " + payload;
  }

 private:
  std::string name_;
};

// A growing number; the greatest wins.
class TestDocument : public Document {
 public:
  explicit TestDocument(const bool* keeps_back) : keeps_back_(keeps_back) {}
  std::string name() const override { return "number"; }
  std::string digest() const override { return std::to_string(value) + flaw; }
  Task<Result<std::string>> export_bytes() override {
    ++exports;
    if (*keeps_back_) co_await runtime::sleep_for(1h);
    if (is_too_large) co_return fail(ErrorKind::kUnsupported, "too large for one message");
    co_return std::to_string(value);
  }
  Task<Result<Page>> export_page(std::string from) override {
    if (!has_pages) co_return fail(ErrorKind::kUnsupported, "this node does not know pages");
    const int here = from.empty() ? 1 : std::stoi(from);
    co_return Page{.bytes = std::to_string(here), .next_from = here < value ? std::to_string(here + 1) : ""};
  }
  Task<Result<bool>> merge(std::string bytes) override {
    const int theirs = std::stoi(bytes);
    ++merges;
    if (theirs <= value) co_return false;
    value = theirs;
    co_return true;
  }

  int value = 0;  // of one digit, with pages
  int merges = 0;
  int exports = 0;
  std::string flaw = {};   // of this copy: no merge mends it
  bool has_pages = false;  // or it is as of an older program
  bool is_too_large = false;

 private:
  const bool* keeps_back_;
};

struct MeshNode {
  // Before a start.
  net::NodeKey key;
  Secret secret{"a secret"};
  uint32_t replication_factor = 3;
  uint16_t port = 3901;
  bool announces_port_only = false;
  size_t loops = 1;  // all of them the same one; more than one make strands
  std::string cluster = {};
  bool keeps_documents_back = false;  // who asks it for one gets no answer
  MeshOptions options = {};
  // Of the present life.
  Mesh* mesh = nullptr;
  net::Server* server = nullptr;
  TestDocument* document = nullptr;
  sim::SimNode* machine = nullptr;

  std::string address() const { return machine->ip() + ":" + std::to_string(port); }
  std::string name() const { return key.id.hex() + "@" + address(); }
};

class MeshWorld {
 public:
  explicit MeshWorld(uint64_t seed, sim::FaultOptions faults = {}) : world(seed, faults) {}

  MeshNode& add(std::function<void(MeshNode&)> prepare = [](MeshNode&) {}) {
    const size_t index = nodes.size();
    nodes.push_back(std::make_unique<MeshNode>(MeshNode{.key = key_of(index)}));
    MeshNode& node = *nodes.back();
    node.options.peer_list_path = "meta/peer_list";
    node.options.cluster = [&node] { return node.cluster; };
    node.machine = &world.add_node([this, &node](sim::SimNode& machine) { boot(machine, node); });
    prepare(node);
    return node;
  }
  // So many nodes; all know the first one.
  void add_cluster(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      add([this, i](MeshNode& node) {
        if (i > 0) node.options.bootstrap_peers = {nodes[0]->name()};
      });
    }
  }
  // Another process with that node's key; it knows the first node.
  MeshNode& add_twin_of(size_t index) {
    return add([this, index](MeshNode& node) {
      node.key = key_of(index);
      node.options.bootstrap_peers = {nodes[0]->name()};
    });
  }
  // The first node's document changes to this value: does the second one have it in time?
  bool second_hears(int value, Duration within) {
    nodes[0]->document->value = value;
    nodes[0]->mesh->announce();
    return world.run_until([this, value] { return nodes[1]->document->value == value; }, within);
  }

  void boot(sim::SimNode& machine, MeshNode& node) {
    EXPECT_TRUE(machine.disk().make_directories("meta"));
    auto& env = machine.own(std::make_unique<env::Env>(machine.env()));
    env.loops.resize(node.loops, env.loops[0]);
    const std::string name = "h" + std::to_string(machine.index());
    auto& source = machine.own(std::make_unique<TestSource>(name));
    auto& handler = machine.own(std::make_unique<TestHandler>(name));
    auto& document = machine.own(std::make_unique<TestDocument>(&node.keeps_documents_back));
    const net::HelloFacts facts{
        .incarnation = node.key.id.is_zero() ? Uuid{} : env.random.id<Uuid>(),
        .boot_id = env.random.id<Uuid>(),
        .replication_factor = node.replication_factor,
        .public_address = node.announces_port_only ? ":" + std::to_string(node.port) : node.address(),
        .strands = static_cast<uint32_t>(node.loops)};
    auto& clock = machine.own(std::make_unique<ClusterClock>(machine.clock()));
    auto& mesh = machine.own(*Mesh::create(
        {.env = env, .clock = clock, .key = node.key, .rpc_secret = node.secret, .facts = facts, .source = source},
        node.options));
    mesh.answer("test", handler);
    mesh.add_document(document);
    auto& server = machine.own(std::make_unique<net::Server>(env, node.key, node.secret, facts, handler));
    server.set_peer_host(mesh);
    EXPECT_TRUE(server.listen({node.address()}));
    mesh.start();
    node.mesh = &mesh;
    node.server = &server;
    node.document = &document;
  }

  // Each of these nodes (all by default) is connected to each other one of them, on both lanes as far as it can tell.
  bool is_full_mesh(std::vector<size_t> of = {}) const {
    if (of.empty()) {
      for (size_t i = 0; i < nodes.size(); ++i) of.push_back(i);
    }
    for (const size_t a : of) {
      for (const size_t b : of) {
        if (nodes[a]->mesh == nullptr || !nodes[a]->machine->alive()) return false;
        if (!nodes[a]->mesh->is_up(nodes[b]->key.id)) return false;
      }
    }
    return true;
  }
  bool becomes_full_mesh(Duration within, std::vector<size_t> of = {}) {
    return world.run_until([this, &of] { return is_full_mesh(of); }, within);
  }

  using Answer = std::optional<Result<std::string>>;
  // Asks from within the node's own life.
  Answer ask(MeshNode& from, const NodeId& to, std::string operation, std::string payload, Duration within = 5s,
             net::Lane lane = net::Lane::kControl) {
    auto answer = std::make_shared<Answer>();
    from.machine->spawn(ask_task(from.mesh, to, std::move(operation), std::move(payload), within, lane, answer));
    world.run_until([&answer] { return answer->has_value(); }, within + 5s);
    return *answer;
  }
  std::optional<Result<void>> connect(MeshNode& from, std::string name) {
    auto outcome = std::make_shared<std::optional<Result<void>>>();
    from.machine->spawn(connect_task(from.mesh, std::move(name), outcome));
    world.run_until([&outcome] { return outcome->has_value(); }, 60s);
    return *outcome;
  }
  void stop(MeshNode& node) {
    auto done = std::make_shared<bool>(false);
    node.machine->spawn(stop_task(&node, done));
    EXPECT_TRUE(world.run_until([&done] { return *done; }, 60s));
  }

  sim::World world;
  std::vector<std::unique_ptr<MeshNode>> nodes;

 private:
  static Task<void> ask_task(Mesh* mesh, NodeId to, std::string operation, std::string payload, Duration within,
                             net::Lane lane, std::shared_ptr<Answer> out) {
    const net::CallOptions options{.deadline = runtime::Loop::current()->now() + within, .lane = lane};
    out->emplace(co_await mesh->call(to, std::move(operation), std::move(payload), options));
  }
  static Task<void> connect_task(Mesh* mesh, std::string name, std::shared_ptr<std::optional<Result<void>>> out) {
    out->emplace(co_await mesh->connect(std::move(name)));
  }
  static Task<void> stop_task(MeshNode* node, std::shared_ptr<bool> done) {
    co_await node->mesh->stop(1s);
    co_await node->server->stop(1s);
    *done = true;
  }
};

}  // namespace garage::cluster::testing
