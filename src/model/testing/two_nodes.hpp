// Two nodes of settings for tests: one is the replica of every settings row, the other has copies only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/settings_copies.hpp"
#include "runtime/sleep.hpp"
#include "table/local_register.hpp"
#include "table/testing.hpp"

namespace garage::model::testing {

// How reads and writes of another node go.
struct Remote {
  std::optional<int> writes_left;  // before it cannot be reached any more
  int reads = 0;
  bool fails = false;
  Duration takes{0};
};

// Hands the questions of a node without replicas to the register of the other.
class RemoteRegister final : public table::Register {
 public:
  RemoteRegister(table::Register& there, Remote& remote) : there_(there), remote_(remote) {}
  Task<Result<table::Written>> write(table::Write write) override {
    if (remote_.writes_left && (*remote_.writes_left)-- <= 0) co_return fail(ErrorKind::kUnavailable, "no quorum");
    co_return co_await there_.write(std::move(write));
  }
  Task<Result<std::optional<table::Row>>> read(std::string key) override {
    ++remote_.reads;
    if (remote_.takes > Duration(0)) co_await runtime::sleep_for(remote_.takes);
    if (remote_.fails) co_return fail(ErrorKind::kUnavailable, "no quorum");
    co_return co_await there_.read(std::move(key));
  }

 private:
  table::Register& there_;
  Remote& remote_;
};

class DirectCaller final : public net::Caller {
 public:
  Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload, net::CallOptions) override {
    if (!reachable) co_return fail(ErrorKind::kUnavailable, "no connection");
    if (operation == unknown_operation) co_return fail(ErrorKind::kUnsupported, "no such operation");
    largest_payload = std::max(largest_payload, payload.size());
    const net::PeerInfo somebody;
    co_return co_await handlers.at(node)->handle(std::move(operation), std::move(payload), somebody);
  }
  std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const override { return nodes; }
  bool is_up(const NodeId&) const override { return reachable; }

  std::map<NodeId, net::RequestHandler*> handlers;
  bool reachable = true;
  std::string unknown_operation;
  size_t largest_payload = 0;
};

struct World {
  table::testing::FakeClock clock;
  table::testing::FakeRandom random{1};
  runtime::InlinePool pool;
  runtime::ManualLoop loop;
  DirectCaller caller;
  Remote remote;

  template <class T>
  T run(Task<T> task) {
    return loop.run_until_done(std::move(task));
  }
};

struct Node {
  Node(World& world, NodeId node, NodeId other, table::Register* remote)
      : commits(store, world.pool, {}), ords(world.clock, world.random) {
    const Settings::MakeRegister make = [&](table::Schema& schema) -> std::unique_ptr<table::Register> {
      if (remote != nullptr) return std::make_unique<RemoteRegister>(*remote, world.remote);
      auto made = std::make_unique<table::LocalRegister>(store, commits, world.pool, ords, schema);
      own = made.get();
      return made;
    };
    settings = Settings::open(store, world.clock, world.random, make, {}).value();
    copies = std::make_unique<SettingsCopies>(*settings, store, commits, world.pool, world.caller,
                                              [other] { return std::vector<NodeId>{other}; });
    settings->share(*copies);
    world.caller.handlers[node] = copies.get();
  }

  // What another life of this node reads from its disk.
  std::unique_ptr<Settings> reopened(World& world) {
    const Settings::MakeRegister make = [&](table::Schema& schema) -> std::unique_ptr<table::Register> {
      return std::make_unique<table::LocalRegister>(store, commits, world.pool, ords, schema);
    };
    return Settings::open(store, world.clock, world.random, make, {}).value();
  }

  kv::MemoryStore store;
  kv::CommitQueue commits;
  table::OrdSource ords;
  table::Register* own = nullptr;
  std::unique_ptr<Settings> settings;
  std::unique_ptr<SettingsCopies> copies;
};

class TwoNodes : public ::testing::Test {
 protected:
  World world;
  NodeId id_a = world.random.id<NodeId>(), id_b = world.random.id<NodeId>();
  Node a{world, id_a, id_b, nullptr};
  Node b{world, id_b, id_a, a.own};
};

}  // namespace garage::model::testing
