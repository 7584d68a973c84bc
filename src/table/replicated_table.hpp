// Everything that makes the rows of a node tables of a cluster, wired together: what the node has once (TableHub), and
// what each table has (ReplicatedTable, which is its Register).
//
//   TableHub hub(self, store, commits, pools.disk, ords, random, caller);
//   auto objects = hub.make(object_schema, object_placement);      // a Register; objects->ranges() lists
//   hub.add(block_references, block_placement);                    // what is synchronised, but no register
//   CHECK_OK(hub.open());                                          // blocking
//   hub.start();                                                   // on the loop of the duties
//   ... dispatcher: "table/..." requests go to hub.service() ...
//   co_await hub.stop();
//
// Ownership: the hub borrows what it is given, and the tables it made; they die after its stop() and before it. On a
// gateway all of it exists as well: nobody asks it for rows. Threads: any loop, but for start() and stop().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "table/companions.hpp"
#include "table/digest_replica.hpp"
#include "table/hand_over.hpp"
#include "table/hint_replayer.hpp"
#include "table/hints.hpp"
#include "table/local_register.hpp"
#include "table/placed_register.hpp"
#include "table/presence.hpp"
#include "table/quorum_ranges.hpp"
#include "table/quorum_register.hpp"
#include "table/service.hpp"
#include "table/synced_rows.hpp"
#include "table/table_sync.hpp"
#include "table/wire_peers.hpp"

namespace garage::table {

struct TableOptions {
  QuorumOptions quorum = {};
  RangeOptions ranges = {};
  HintOptions hints = {};
  WireOptions wire = {};
  SyncOptions sync = {};
};

class ReplicatedTable;

class TableHub {
 public:
  TableHub(NodeId self, kv::Store& store, kv::CommitQueue& commits, runtime::Pool& disk, OrdSource& ords,
           runtime::Random& random, net::Caller& caller, TableOptions options = {});

  // Before open().
  std::unique_ptr<ReplicatedTable> make(Schema& schema, Placement& placement);
  void add(SyncedRows& rows, Placement& placement);

  Result<void> open();
  void start();
  // After the last request.
  Task<void> stop();

  // Does any row have more than one replica? Digests are kept only then. Call it at each change of the layout.
  Task<Result<void>> set_replicated(bool replicated);

  TableService& service() { return service_; }
  Companions& companions() { return companions_; }
  DigestKeeper& digests() { return keeper_; }
  TableSync& sync() { return sync_; }
  HandOver& hand_over() { return hand_over_; }
  Hints& hints() { return hints_; }
  Peers& background_peers() { return background_peers_; }
  // Writes that were not even sent to a node, because too much waits for it.
  uint64_t writes_held_back() const { return peers_.held_back(); }

 private:
  friend class ReplicatedTable;

  const NodeId self_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  runtime::Pool& disk_;
  OrdSource& ords_;
  runtime::Random& random_;
  net::Caller& caller_;
  const TableOptions options_;

  WirePeers peers_;
  WirePeers background_peers_;
  TableService service_;
  RangeReplica range_replica_;
  PresenceReplica presence_replica_;
  CompanionReplica companion_replica_;
  Companions companions_;
  Hints hints_;
  HintReplayer replayer_;
  DigestKeeper keeper_;
  DigestReplica digests_;
  TableSync sync_;
  HandOver hand_over_;
  std::vector<ReplicatedTable*> tables_;
};

class ReplicatedTable final : public Register {
 public:
  ReplicatedTable(TableHub& hub, Schema& schema, Placement& placement);

  Task<Result<Written>> write(Write write) override { return placed_.write(std::move(write)); }
  Task<Result<std::optional<Row>>> read(std::string key) override { return placed_.read(std::move(key)); }
  Task<Result<Settled>> settle(std::string key, SettleOptions options) override {
    return placed_.settle(std::move(key), options);
  }
  Ranges& ranges() { return ranges_; }
  Placement& placement() { return placement_; }
  SyncedRows& synced() { return synced_; }
  // Of a row of this table: from its replicas, nearest first.
  Task<Result<std::string>> read_companion(std::string row_key, kv::Key companion) {
    return companions_.read(placement_, std::move(row_key), std::move(companion));
  }

 private:
  friend class TableHub;
  Task<void> stop();

  Placement& placement_;
  Companions& companions_;
  Replica replica_;
  LocalRegister local_;
  QuorumRegister quorum_;
  PlacedRegister placed_;
  QuorumRanges ranges_;
  SyncedRegister synced_;
};

}  // namespace garage::table
