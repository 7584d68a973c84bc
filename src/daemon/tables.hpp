// The replicated tables of a node, as the layout places their rows.
//
// Ownership: borrows everything, also the schemas; outlives the registers it makes. make_register() before open();
// stop() after the last request has returned. Threads: any loop, but for start() and stop().
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "daemon/layout_placement.hpp"
#include "table/former_rows.hpp"
#include "table/metered_register.hpp"
#include "table/replicated_table.hpp"

namespace garage::daemon {

class Tables {
 public:
  Tables(NodeId self, env::Env& env, kv::Store& store, kv::CommitQueue& commits, table::OrdSource& ords,
         const LayoutPlacement& layout, net::Caller& caller, table::TableOptions options, telemetry::Registry& registry)
      : layout_(layout),
        registry_(registry),
        hub_(self, store, commits, env.pools.disk, ords, env.random, caller, options) {}

  std::unique_ptr<table::Register> make_register(table::Schema& schema);
  table::TableHub& hub() { return hub_; }

  table::Placement& placement(kv::Family family) { return *tables_.at(family).placement; }
  table::Ranges& ranges(kv::Family family) { return *tables_.at(family).ranges; }
  // This duty looks after the rows of that family too.
  void add_to(table::FormerRows& duty, kv::Family family, const table::FormerRules& rules) {
    Table& table = tables_.at(family);
    duty.add(*table.schema, rules, *table.placement, table.rows->synced());
  }
  // The layout has changed.
  Task<Result<void>> follow_layout() { return hub_.set_replicated(layout_.replicated()); }

 private:
  struct Table {
    std::unique_ptr<LayoutPlacement::Rows> placement;
    table::Schema* schema = nullptr;
    table::ReplicatedTable* rows = nullptr;  // owned by whoever asked for the register
    std::unique_ptr<table::TableMeter> meter;
    std::unique_ptr<table::MeteredRanges> ranges;
  };

  const LayoutPlacement& layout_;
  telemetry::Registry& registry_;
  table::TableHub hub_;
  std::map<kv::Family, Table> tables_;
};

}  // namespace garage::daemon
