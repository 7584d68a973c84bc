// The replicated tables of a node: for each schema a register that takes the short way while this node is alone and the
// full protocol otherwise, and what answers other nodes.
//
// Ownership: borrows everything, also the schemas. make_register() before the first request; stop() after the last one
// has returned. Threads: any loop.
#pragma once

#include <map>
#include <memory>

#include "daemon/layout_placement.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "net/caller.hpp"
#include "table/companions.hpp"
#include "table/local_register.hpp"
#include "table/ord_source.hpp"
#include "table/placed_register.hpp"
#include "table/quorum_ranges.hpp"
#include "table/quorum_register.hpp"
#include "table/range_replica.hpp"
#include "table/replica.hpp"
#include "table/service.hpp"
#include "table/wire_peers.hpp"

namespace garage::daemon {

class Tables {
 public:
  Tables(NodeId self, env::Env env, kv::Store& store, kv::CommitQueue& commits, table::OrdSource& ords,
         const LayoutPlacement& layout, net::Caller& caller);

  std::unique_ptr<table::Register> make_register(table::Schema& schema);

  net::RequestHandler& service() { return service_; }
  table::Companions& companions() { return companions_; }
  table::Placement& placement(kv::Family family) { return tables_.at(family)->placement; }
  table::Ranges& ranges(kv::Family family) { return *tables_.at(family)->ranges; }
  table::Register& rows(kv::Family family) { return *tables_.at(family)->placed; }
  std::vector<kv::Family> families() const;

  Task<void> stop();

 private:
  struct Table {
    Table(Tables& owner, table::Schema& schema);
    LayoutPlacement::Rows placement;
    table::LocalRegister local;
    table::Replica replica;
    table::QuorumRegister quorum;
    std::unique_ptr<table::PlacedRegister> placed;
    std::unique_ptr<table::QuorumRanges> ranges;
  };

  const NodeId self_;
  env::Env env_;
  kv::Store& store_;
  kv::CommitQueue& commits_;
  table::OrdSource& ords_;
  const LayoutPlacement& layout_;
  net::Caller& caller_;
  table::WirePeers peers_;
  table::CompanionReplica companion_replica_;
  table::Companions companions_;
  table::RangeReplica range_replica_;
  table::TableService service_;
  std::map<kv::Family, std::unique_ptr<Table>> tables_;
};

}  // namespace garage::daemon
