// Storage nodes with everything of this module on them, on one hand-driven loop.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "block/inspection.hpp"
#include "block/replicas.hpp"
#include "block/testing/cluster.hpp"
#include "block/upkeep.hpp"

namespace garage::block::testing {

class HandClock : public runtime::Clock {
 public:
  uint64_t unix_ms = 1'000'000;
  WallTime wall_now() override { return {unix_ms}; }
  MonotonicTime monotonic_now() override { return {std::chrono::milliseconds(unix_ms)}; }
};

// One storage node and everything of this module on it.
struct Member {
  // `relaxed`: neither commits nor volumes are synced before an answer.
  Member(Switchboard& board, const BlockPlacement& placement, HandClock& clock, size_t index, bool relaxed = false)
      : id(node_id(index)),
        node(machine, relaxed ? kv::Durability::kRelaxed : kv::Durability::kSynced),
        caller(board, id) {
    BlockOptions options = small_options();
    options.sync = !relaxed;
    node.must_open(std::move(options));
    const env::Env own = node.env();
    const env::Env env{clock, own.random, own.disk, own.network, own.loops, own.pools};
    holder = std::make_unique<Holder>(env, machine.store, node.commits, *node.blocks);
    service = std::make_unique<Service>(*holder);
    hints = std::make_unique<Hints>(env, machine.store, node.commits, caller, [](const NodeId&) { return true; });
    replicas = std::make_unique<Replicas>(id, env, holder.get(), caller, placement, *hints);
    resync = std::make_unique<Resync>(id, env, machine.store, node.commits, *holder, *replicas, placement);
    inspection =
        std::make_unique<Inspection>(id, env, machine.store, node.commits, *holder, *replicas, *resync, placement);
    replicas->on_missing([this](const BlockHash& hash) { resync->want(hash); });
    board.ports[id].answer = [this](std::string operation, std::string payload) {
      return service->answer(std::move(operation), std::move(payload));
    };
  }
  size_t queued(std::string_view queue) {
    size_t count = 0;
    auto rows = machine.store.iterate(kv::Family::kQueue, {});
    for (rows->seek(queue); rows->valid() && rows->key().starts_with(queue); rows->next()) ++count;
    return count;
  }
  bool has(const std::string& bytes) { return node.has_row(hash_of(bytes)); }
  bool refers(const std::string& bytes, Uuid of) {
    return machine.store.get(kv::Family::kBlockRef, reference_key(hash_of(bytes), of)).value().has_value();
  }

  NodeId id;
  Machine machine;
  TestNode node;
  DirectCaller caller;
  std::unique_ptr<Holder> holder;
  std::unique_ptr<Service> service;
  std::unique_ptr<Hints> hints;
  std::unique_ptr<Replicas> replicas;
  std::unique_ptr<Resync> resync;
  std::unique_ptr<Inspection> inspection;
};

// `nodes` members of which each keeps what the placement says.
template <class Placement>
struct MembersTest : ::testing::Test {
  explicit MembersTest(size_t nodes, Placement placement_ = Placement(), bool relaxed = false)
      : placement(std::move(placement_)) {
    for (size_t i = 0; i < nodes; ++i) members.push_back(std::make_unique<Member>(board, placement, clock, i, relaxed));
  }
  ~MembersTest() override {
    for (auto& member : members) {
      run(stop(*member->replicas));
      member->inspection.reset();
      member->resync.reset();
      member->replicas.reset();
      member->holder.reset();
      member->node.shut_down();
    }
  }
  static Task<bool> stop(Replicas& replicas) {
    co_await replicas.stop();
    co_return true;
  }
  static Task<bool> start(Upkeep& upkeep) {
    upkeep.start();
    co_return true;
  }
  static Task<bool> stop(Upkeep& upkeep) {
    co_await upkeep.stop();
    co_return true;
  }
  template <class T>
  T run(Task<T> task) {
    return members[0]->node.loop.run_until_done(std::move(task));
  }
  void settle() { members[0]->node.loop.advance(1s); }
  void up(size_t index, bool up) { board.ports[node_id(index)].up = up; }

  // Puts them all through one node and has them referenced.
  Result<Ord> upload(size_t at, Uuid of, std::vector<std::string> all) {
    auto outgoing = members[at]->replicas->begin(of, "row", {});
    return run(send(outgoing, std::move(all)));
  }
  static Task<Result<Ord>> send(std::shared_ptr<Outgoing> outgoing, std::vector<std::string> all) {
    for (const auto& bytes : all) CO_CHECK_OK(co_await outgoing->put(hash_of(bytes), Buffer(bytes)));
    co_return co_await outgoing->commit();
  }
  Result<std::string> read(size_t at, const std::string& bytes) {
    auto got = run(members[at]->replicas->read(hash_of(bytes), 0, 1 << 20));
    if (!got) return std::unexpected(got.error());
    return std::string(got->view());
  }
  size_t copies(const std::string& bytes) {
    size_t count = 0;
    for (auto& member : members) count += member->has(bytes) ? 1 : 0;
    return count;
  }

  HandClock clock;
  Switchboard board;
  Placement placement;
  std::vector<std::unique_ptr<Member>> members;
  const std::string one = noise(1, 20'000), two = noise(2, 30'000);
};

}  // namespace garage::block::testing
