// Several nodes on one loop for the tests of this module, with everything between them but the wire itself: what is
// asked is encoded, found by its operation, answered and decoded.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net/caller.hpp"
#include "runtime/sleep.hpp"
#include "table/local_register.hpp"
#include "table/operations.hpp"
#include "table/placed_register.hpp"
#include "table/presence.hpp"
#include "table/quorum_ranges.hpp"
#include "table/quorum_register.hpp"
#include "table/row_key.hpp"
#include "table/service.hpp"
#include "table/testing.hpp"
#include "table/wire_peers.hpp"

namespace garage::table::testing {

inline NodeId id_of(size_t index) {
  NodeId id;
  id.bytes[0] = static_cast<unsigned char>(index + 1);
  return id;
}

// The nth key of an object; eight shards take turns.
inline std::string key_of(uint64_t n) {
  return object_row_key(BucketId{}, static_cast<uint16_t>(n % 8), "key" + std::to_string(n));
}

class FixedPlacement final : public Placement {
 public:
  ReplicaSets sets_for(std::string_view key) override {
    const auto other = of_first_byte.find(key.front());
    return other == of_first_byte.end() ? sets : other->second;
  }
  uint64_t stage_of(std::string_view key) override { return sets_for(key).stage; }
  ReplicaSets sets_of_partition(uint16_t partition) override { return sets; }
  std::map<char, ReplicaSets> of_first_byte;  // keys that lie elsewhere
  ReplicaSets sets{1, {id_of(0), id_of(1), id_of(2)}, {{id_of(0), id_of(1), id_of(2)}}};
};

class TestCluster {
 public:
  // How one node reaches the others.
  class TestCaller final : public net::Caller {
   public:
    TestCaller(TestCluster& cluster, size_t self) : cluster_(cluster), self_(self) {}
    Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload,
                                   net::CallOptions options) override {
      ++messages;
      const size_t to = node.bytes[0] - 1u;
      if (cluster_.silent.contains(to)) co_await runtime::sleep_for(options.deadline - cluster_.loop.now());
      if (cluster_.silent.contains(to)) co_return fail(ErrorKind::kTimeout, "silent");
      if (cluster_.down.contains(to)) co_return fail(ErrorKind::kUnavailable, "down");
      if (cluster_.deaf_to.contains({to, operation})) co_return fail(ErrorKind::kTimeout, "lost");
      co_return co_await cluster_.nodes[to]->service.answer(std::move(operation), std::move(payload));
    }
    std::vector<NodeId> nearest_first(std::vector<NodeId> ids) const override {
      const auto distance = [this](const NodeId& id) { return id == id_of(self_) ? 0 : is_up(id) ? 1 : 2; };
      std::sort(ids.begin(), ids.end(), [&](const NodeId& a, const NodeId& b) {
        return std::pair(distance(a), a) < std::pair(distance(b), b);
      });
      return ids;
    }
    bool is_up(const NodeId& node) const override { return !cluster_.down.contains(node.bytes[0] - 1u); }
    int messages = 0;

   private:
    TestCluster& cluster_;
    const size_t self_;
  };

  struct Node {
    Node(size_t index, TestCluster& cluster, QuorumOptions options)
        : parts(100 + index),
          caller(cluster, index),
          peers(caller),
          replica(parts.store, parts.commits, parts.pool, parts.ords, cluster.placement, parts.schema,
                  options.ablation),
          local(parts.store, parts.commits, parts.pool, parts.ords, parts.schema),
          quorum(id_of(index), &replica, peers, cluster.placement, parts.ords, parts.random, parts.schema, options),
          placed(id_of(index), cluster.placement, local, quorum),
          range_replica(parts.store, parts.pool),
          presence_replica(parts.store, parts.pool),
          companion_replica(parts.store, parts.pool),
          companions(id_of(index), &companion_replica, caller),
          ranges(id_of(index), &range_replica, caller, cluster.placement, quorum, parts.schema) {
      service.add(replica);
      range_replica.add(parts.schema, cluster.placement);
      service.add(kRangeOperation, range_replica);
      presence_replica.add(parts.schema, cluster.placement);
      service.add(kPresenceOperation, presence_replica);
      companion_replica.tell_stage_of(cluster.placement);
      service.add(kCompanionOperation, companion_replica);
      replica.fetch_from(companions);
    }
    TestNode parts;
    TestCaller caller;
    WirePeers peers;
    TableService service;
    Replica replica;
    LocalRegister local;
    QuorumRegister quorum;
    PlacedRegister placed;
    RangeReplica range_replica;
    PresenceReplica presence_replica;
    CompanionReplica companion_replica;
    Companions companions;
    QuorumRanges ranges;
  };

  explicit TestCluster(size_t count = 3, QuorumOptions options = {}) {
    for (size_t i = 0; i < count; ++i) nodes.push_back(std::make_unique<Node>(i, *this, options));
  }

  template <class T>
  T run(Task<T> task) {
    return loop.run_until_done(std::move(task));
  }
  Result<Written> put(size_t via, std::string key, std::optional<std::string> value) {
    return run(nodes[via]->quorum.write(nodes[via]->parts.blind(std::move(key), std::move(value))));
  }
  std::optional<Row> stored(size_t index, std::string key) {
    auto bytes = nodes[index]->parts.store.get(kv::Family::kObject, key);
    if (!*bytes) return std::nullopt;
    return *decode_row(key, **bytes);
  }
  std::optional<std::string> value_at(size_t index, std::string key) {
    auto row = stored(index, std::move(key));
    return row ? row->value : std::nullopt;
  }

  runtime::ManualLoop loop;
  FixedPlacement placement;
  std::set<size_t> down;                             // refuse at once
  std::set<size_t> silent;                           // answer nothing
  std::set<std::pair<size_t, std::string>> deaf_to;  // of these operations nothing arrives
  std::vector<std::unique_ptr<Node>> nodes;
};

}  // namespace garage::table::testing
