// One life of a simulated node that keeps and coordinates rows: the real table code over a MemoryStore and the message
// bus.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kv/commit_queue.hpp"
#include "kv/memory_store.hpp"
#include "net/caller.hpp"
#include "runtime/task_group.hpp"
#include "sim/node.hpp"
#include "table/companions.hpp"
#include "table/digest_replica.hpp"
#include "table/hint_replayer.hpp"
#include "table/hints.hpp"
#include "table/local_register.hpp"
#include "table/ord_source.hpp"
#include "table/peers.hpp"
#include "table/placed_register.hpp"
#include "table/placement.hpp"
#include "table/quorum_ranges.hpp"
#include "table/quorum_register.hpp"
#include "table/replica.hpp"
#include "table/service.hpp"
#include "table/synced_rows.hpp"
#include "table/table_sync.hpp"
#include "table/wire_peers.hpp"

namespace garage::sim {

NodeId node_id_of(NodeIndex index);
NodeIndex index_of(const NodeId& id);

// Every value has a body beside it, so that a row that travels without its companions is noticed.
class BodySchema final : public table::Schema {
 public:
  kv::Family family() const override { return kv::Family::kObject; }
  Result<void> on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                          const std::optional<table::Row>& before, const table::Row& after) override;
  std::vector<kv::Key> companions_of(std::string_view key, const table::Row& row) const override;

  static std::string body_of(std::string_view value) { return "body of " + std::string(value); }
};

// Set by the scenario; survives the lives of its node, as a layout on disk does.
class SimPlacement final : public table::Placement {
 public:
  table::ReplicaSets sets_for(std::string_view key) override { return sets; }
  uint64_t stage_of(std::string_view key) override { return stage_ignored ? 0 : sets.stage; }
  // Only what the scenario writes to: the others would cost time.
  table::ReplicaSets sets_of_partition(uint16_t partition) override {
    return partitions.contains(partition) ? sets : table::ReplicaSets();
  }

  table::ReplicaSets sets;
  std::set<uint16_t> partitions;
  bool stage_ignored = false;  // a planted bug: replicas accept every stage
};

struct RegisterTraffic {
  uint64_t requests = 0;
  uint64_t timeouts = 0;
  uint64_t duplicates = 0;
};

struct RegisterNodeOptions {
  table::QuorumOptions quorum;
  table::WireOptions wire;
  kv::Durability durability = kv::Durability::kSynced;
  bool sync_ignores_fence = false;  // a planted bug: what push_row() brings is stored below the fence too
  bool no_hints = false;            // with duties
  bool no_sync = false;
  bool duties = false;  // hints and synchronisation by digests
};

class RegisterNode final : public net::Caller {
 public:
  // Borrows all but the options; everything outlives the world's node.
  RegisterNode(SimNode& node, kv::MemoryStore& store, SimPlacement& placement, RegisterTraffic& traffic,
               RegisterNodeOptions options);

  table::Register& rows() { return placed_; }
  table::QuorumRegister& quorum() { return quorum_; }
  table::SyncedRegister& synced() { return synced_; }
  kv::CommitQueue& commits() { return commits_; }
  table::Ranges& ranges() { return ranges_; }
  table::TableSync& sync() { return sync_; }
  table::Hints& hints() { return hints_; }
  const table::WirePeers& peers() const { return peers_; }
  // What goes on besides requests, from the beginning of a life.
  void start_duties();
  Uuid fresh_uuid() { return node_.random().id<Uuid>(); }

  // One step of anti-entropy: the row of this node, with its companions, to another one. Nothing where there was none,
  // or no answer.
  Task<std::optional<table::Reply>> push_row(std::string key, NodeId to);

  // For Bus::serve.
  Task<Result<std::string>> handle(std::string message);
  // net::Caller.
  Task<Result<std::string>> call(NodeId to, std::string operation, std::string payload,
                                 net::CallOptions options) override;
  std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const override;
  bool is_up(const NodeId& node) const override { return true; }

 private:
  Task<Result<std::string>> answer(std::string operation, std::string payload);

  SimNode& node_;
  SimPlacement& placement_;
  RegisterTraffic& traffic_;
  const RegisterNodeOptions options_;
  const bool sync_ignores_fence_;
  std::set<std::string> handled_;  // heads of messages, to count duplicates
  BodySchema schema_;
  table::OrdSource ords_;
  kv::CommitQueue commits_;
  table::WirePeers peers_, background_peers_;
  table::TableService service_;
  table::Hints hints_;
  table::Replica replica_;
  table::LocalRegister local_;
  table::QuorumRegister quorum_;
  table::PlacedRegister placed_;
  table::RangeReplica range_replica_;
  table::CompanionReplica companion_replica_;
  table::Companions companions_;
  table::QuorumRanges ranges_;
  table::SyncedRegister synced_;
  table::DigestKeeper keeper_;
  table::DigestReplica digests_;
  table::TableSync sync_;
  table::HintReplayer replayer_;
  runtime::TaskGroup beginning_;
};

}  // namespace garage::sim
