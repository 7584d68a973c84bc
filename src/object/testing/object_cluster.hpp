// Three or more storage nodes in one process, with everything of theirs but the wire: what is asked is encoded, found
// by its operation, answered and decoded, on one hand-driven loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "block/testing/cluster.hpp"
#include "model/settings_copies.hpp"
#include "object/cluster.hpp"
#include "object/service.hpp"
#include "object/testing/object_node.hpp"
#include "runtime/inline_pool.hpp"
#include "table/operations.hpp"
#include "table/placed_register.hpp"
#include "table/presence.hpp"
#include "table/quorum_ranges.hpp"
#include "table/row_key.hpp"
#include "table/service.hpp"
#include "table/wire_peers.hpp"

namespace garage::object::testing {

using block::testing::DirectCaller;
using block::testing::node_id;
using block::testing::Switchboard;

// Three replicas of each shard, on neighbours among `nodes`.
class ThreeReplicas final : public table::Placement {
 public:
  explicit ThreeReplicas(size_t nodes) : nodes_(nodes) {}
  table::ReplicaSets sets_for(std::string_view key) override {
    const auto place = table::parse_shard_prefix(key);
    const size_t first = place ? place->shard : 0;
    table::ReplicaSets sets{stage, {}, {}};
    for (size_t i = 0; i < 3; ++i) sets.read.push_back(node_id((first + i) % nodes_));
    sets.write.push_back(sets.read);
    return sets;
  }
  uint64_t stage_of(std::string_view) override { return stage; }
  uint64_t stage = 1;

 private:
  const size_t nodes_;
};

// A register with all that stands under it, as a program would make it for each table.
class TableOfNode final : public table::Register {
 public:
  TableOfNode(NodeId self, kv::Store& store, kv::CommitQueue& commits, runtime::Pool& pool, table::OrdSource& ords,
              runtime::Random& random, table::Peers& peers, table::Placement& placement, table::Schema& schema)
      : replica(store, commits, pool, ords, placement, schema),
        local(store, commits, pool, ords, schema),
        quorum(self, &replica, peers, placement, ords, random, schema, quick()),
        placed(self, placement, local, quorum) {}
  static table::QuorumOptions quick() {
    table::QuorumOptions options;
    options.read_attempts_max = 3;
    options.round_attempts_max = 3;
    return options;
  }
  Task<Result<table::Written>> write(table::Write write) override {
    if (dying > 0 && !write.conditional) co_return fail(ErrorKind::kUnavailable, "the node died before");
    co_return co_await placed.write(std::move(write));
  }
  Task<Result<std::optional<table::Row>>> read(std::string key) override { return placed.read(std::move(key)); }
  Task<Result<table::Settled>> settle(std::string key, table::SettleOptions options) override {
    return placed.settle(std::move(key), options);
  }

  int dying = 0;  // somebody wants plain writes of this node to come to nothing
  table::Replica replica;
  table::LocalRegister local;
  table::QuorumRegister quorum;
  table::PlacedRegister placed;
};

// Set by hand, and goes on with the loop.
class LoopedClock final : public HandClock {
 public:
  explicit LoopedClock(runtime::Loop& loop) : loop_(loop) {}
  WallTime wall_now() override {
    const auto since_start = loop_.now() - MonotonicTime{};
    return {unix_ms +
            static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count())};
  }
  MonotonicTime monotonic_now() override { return loop_.now(); }

 private:
  runtime::Loop& loop_;
};

// What all members share.
struct World {
  explicit World(size_t nodes) : rows(nodes), blocks(nodes) {}

  runtime::ManualLoop loop;
  LoopedClock clock{loop};
  block::ReplicaOptions replica_options;
  Duration collect_grace = 1s;
  Switchboard board;
  ThreeReplicas rows;
  block::testing::ThreeCopies blocks;
  bool bucket_exists = true;
  bool has_settings = false;  // whether a bucket takes writes is asked of the settings, and not said by this and `held`
  bool closed_ignored = false;  // replicas refuse clients nothing
};

// One life of a node; the machine outlives it.
struct Member {
  // `stores`: false makes it a gateway, which nothing is put on.
  Member(World& world_, Machine& machine_, size_t index, bool stores = true)
      : world(world_),
        machine(machine_),
        id(node_id(index)),
        node(machine),
        random(1000 * ++machine.lives + index),
        caller(world.board, id),
        peers(caller),
        companions(id, &companion_replica, caller) {
    node.must_open(ObjectNode::block_options());
    const env::Env env{world.clock, random, machine.disk, network, {&world.loop}, {pool, pool}};
    holder = std::make_unique<block::Holder>(env, machine.store, node.commits, *node.blocks);
    block_service = std::make_unique<block::Service>(*holder);
    hints =
        std::make_unique<block::Hints>(env, machine.store, node.commits, caller, [](const NodeId&) { return true; });
    replicas = std::make_unique<block::Replicas>(id, env, stores ? holder.get() : nullptr, caller, world.blocks, *hints,
                                                 world.replica_options);
    resync = std::make_unique<block::Resync>(id, env, machine.store, node.commits, *holder, *replicas, world.blocks);
    replicas->on_missing([this](const BlockHash& hash) { resync->want(hash); });

    const Objects::MakeRegister make_register = [this](table::Schema& schema) {
      auto table =
          std::make_unique<TableOfNode>(id, machine.store, node.commits, pool, ords, random, peers, world.rows, schema);
      table_service.add(table->replica);
      table->replica.fetch_from(companions);
      range_replica.add(schema, world.rows);
      presence_replica.add(schema, world.rows);
      ranges.push_back(std::make_unique<table::QuorumRanges>(id, &range_replica, caller, world.rows, *table, schema));
      tables.push_back(table.get());
      return std::unique_ptr<table::Register>(std::move(table));
    };
    const model::Settings::MakeRegister make_settings = [this](table::Schema& schema) {
      auto table =
          std::make_unique<TableOfNode>(id, machine.store, node.commits, pool, ords, random, peers, world.rows, schema);
      table_service.add(table->replica);
      tables.push_back(table.get());
      return std::unique_ptr<table::Register>(std::move(table));
    };
    ObjectOptions options = ObjectNode::small_options();
    options.collect_grace = world.collect_grace;
    options.collect_turn = 10s;
    objects = Objects::create(env, machine.store, node.commits, *node.blocks, make_register, options);
    Cluster cluster;
    cluster.self = id;
    cluster.alone = [] { return false; };
    cluster.caller = &caller;
    cluster.blocks = replicas.get();
    cluster.rows = &world.rows;
    cluster.objects = ranges[0].get();
    cluster.uploads = ranges[1].get();
    cluster.companions = &companions;
    settings = model::Settings::open(machine.store, world.clock, random, make_settings, {}).value();
    copies = std::make_unique<model::SettingsCopies>(*settings, machine.store, node.commits, pool, caller,
                                                     [this] { return others(); });
    settings->share(*copies);
    cluster.takes_writes = [this](BucketId bucket) {
      return world.has_settings ? settings->takes_writes(bucket) : answer(world.bucket_exists);
    };
    cluster.hold_deletion = [this](BucketId bucket, Uuid attempt, std::string row) {
      if (world.has_settings) return settings->hold_deletion(bucket, attempt, std::move(row));
      held = attempt;
      return answer(true);
    };
    cluster.is_closed = [this](const BucketId& bucket) {
      if (world.closed_ignored) return false;
      return world.has_settings ? settings->is_closed(bucket) : held.has_value();
    };
    objects->join(std::move(cluster));
    object_service = std::make_unique<Service>(*objects);
    table_service.add(table::kRangeOperation, range_replica);
    table_service.add(table::kPresenceOperation, presence_replica);
    table_service.add(table::kCompanionOperation, companion_replica);
    world.board.ports[id].answer = [this](std::string operation, std::string payload) {
      return dispatch(std::move(operation), std::move(payload));
    };
  }
  ~Member() {
    world.board.ports[id].answer = nullptr;
    run(stop());
    object_service.reset();
    objects.reset();
    node.shut_down();
  }

  static Task<Result<bool>> answer(bool yes) { co_return yes; }
  std::vector<NodeId> others() const {
    std::vector<NodeId> out;
    for (const auto& [node_id, port] : world.board.ports) {
      if (node_id != id && port.up) out.push_back(node_id);
    }
    return out;
  }
  Task<Result<std::string>> dispatch(std::string operation, std::string payload) {
    if (operation.starts_with("block/")) return block_service->answer(std::move(operation), std::move(payload));
    if (operation.starts_with("settings/")) return copies->handle(std::move(operation), std::move(payload), {});
    if (operation.starts_with("object/")) return object_service->answer(std::move(operation), std::move(payload));
    return table_service.answer(std::move(operation), std::move(payload));
  }
  // Rows of uploads and parts.
  TableOfNode& uploads() { return *tables[1]; }
  Task<bool> stop() {
    co_await objects->stop();
    for (auto& range : ranges) co_await range->stop();
    for (auto* table : tables) co_await table->quorum.stop();
    co_await replicas->stop();
    co_return true;
  }
  template <class T>
  T run(Task<T> task) {
    return world.loop.run_until_done(std::move(task));
  }
  size_t count(kv::Family family, std::string_view prefix = "") {
    size_t count = 0;
    auto rows = machine.store.iterate(family, {});
    for (rows->seek(prefix); rows->valid() && rows->key().starts_with(prefix); rows->next()) ++count;
    return count;
  }

  World& world;
  Machine& machine;
  NodeId id;
  std::optional<Uuid> held;  // the bucket is being deleted by this attempt, as far as this node knows
  block::testing::TestNode node;
  sim::SimRandom random;
  runtime::InlinePool pool;
  block::testing::NoNetwork network;
  DirectCaller caller;
  table::WirePeers peers;
  table::OrdSource ords{world.clock, random};
  table::TableService table_service;
  table::RangeReplica range_replica{machine.store, pool};
  table::PresenceReplica presence_replica{machine.store, pool};
  table::CompanionReplica companion_replica{machine.store, pool};
  table::Companions companions;
  std::vector<std::unique_ptr<table::QuorumRanges>> ranges;
  std::vector<TableOfNode*> tables;
  std::unique_ptr<block::Holder> holder;
  std::unique_ptr<block::Service> block_service;
  std::unique_ptr<block::Hints> hints;
  std::unique_ptr<block::Replicas> replicas;
  std::unique_ptr<block::Resync> resync;
  std::unique_ptr<Objects> objects;
  std::unique_ptr<Service> object_service;
  std::unique_ptr<model::Settings> settings;
  std::unique_ptr<model::SettingsCopies> copies;
};

class ObjectCluster {
 public:
  static constexpr size_t kNodes = 3;

  explicit ObjectCluster(size_t nodes = kNodes, block::ReplicaOptions options = {}, Duration collect_grace = 1s)
      : world(nodes) {
    world.replica_options = options;
    world.collect_grace = collect_grace;
    for (size_t i = 0; i < nodes; ++i) {
      machines.push_back(std::make_unique<Machine>());
      members.push_back(std::make_unique<Member>(world, *machines[i], i));
    }
    bucket.id.bytes.fill(7);
    bucket.spread = 4;
  }

  template <class T>
  T run(Task<T> task) {
    return world.loop.run_until_done(std::move(task));
  }
  // One more, with nothing on it.
  size_t add_gateway() {
    machines.push_back(std::make_unique<Machine>());
    members.push_back(std::make_unique<Member>(world, *machines.back(), members.size(), false));
    return members.size() - 1;
  }
  void up(size_t index, bool up) { world.board.ports[node_id(index)].up = up; }
  // The power fails everywhere at once.
  void power_cut(sim::CutMode mode) {
    members.clear();
    for (size_t i = 0; i < machines.size(); ++i) {
      machines[i]->power_cut(mode);
      members.push_back(std::make_unique<Member>(world, *machines[i], i));
    }
  }

  PutRequest put_request(std::string key) {
    PutRequest request;
    request.bucket = bucket;
    request.key = std::move(key);
    return request;
  }
  Result<Stored> put(size_t at, std::string key, std::string bytes, WriteCondition condition = {}) {
    PutRequest request = put_request(std::move(key));
    request.condition = std::move(condition);
    StringSource source(std::move(bytes));
    return run(members[at]->objects->put(std::move(request), source));
  }
  // The bytes, or the reason in angle brackets.
  std::string get(size_t at, const std::string& key, ByteRange range = {}) {
    Objects& objects = *members[at]->objects;
    auto object = run(objects.head(bucket, key));
    if (!object) return "<" + object.error().message + ">";
    if (!*object) return "<none>";
    auto reader = run(objects.open(bucket, key, std::move(**object), range));
    if (!reader) return "<" + reader.error().message + ">";
    std::string out;
    for (;;) {
      auto piece = run((*reader)->next());
      if (!piece) return "<" + piece.error().message + ">";
      if (piece->empty()) return out;
      out += piece->view();
    }
  }
  Result<void> remove(size_t at, std::string key) {
    return run(members[at]->objects->remove({bucket, std::move(key), {}}));
  }
  Result<Stored> copy(size_t at, const std::string& from, std::string to) {
    auto source = run(members[at]->objects->head(bucket, from));
    if (!source) return std::unexpected(source.error());
    if (!*source) return fail(ErrorKind::kNotFound, "no source");
    return run(members[at]->objects->copy({**source, put_request(std::move(to))}));
  }
  std::vector<std::string> keys(size_t at, std::string prefix = "", std::string delimiter = "", size_t max = 1000) {
    ListQuery query{bucket.id, bucket.spread, std::move(prefix), std::move(delimiter), "", "", max};
    auto page = run(members[at]->objects->list(std::move(query)));
    std::vector<std::string> out;
    if (!page) return {"<" + page.error().message + ">"};
    for (auto& object : page->objects) out.push_back(object.key);
    for (auto& rolled : page->common_prefixes) out.push_back(rolled);
    return out;
  }
  // All duties of all nodes, until time has healed everything that it can.
  void let_time_pass() {
    for (int round = 0; round < 24; ++round) {
      for (auto& member : members) {
        EXPECT_OK(run(member->hints->replay_once()));
        EXPECT_OK(run(member->resync->run_once()));
        EXPECT_OK(run(member->objects->collect_once()));
      }
      world.loop.advance(4min);
    }
  }

  World world;
  std::vector<std::unique_ptr<Machine>> machines;
  BucketRef bucket;
  std::vector<std::unique_ptr<Member>> members;
};

}  // namespace garage::object::testing
