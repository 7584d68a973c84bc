#include "daemon/tables.hpp"

#include "table/operations.hpp"

namespace garage::daemon {

Tables::Table::Table(Tables& owner, table::Schema& schema)
    : placement(owner.layout_, schema.family()),
      local(owner.store_, owner.commits_, owner.env_.pools.disk, owner.ords_, schema),
      replica(owner.store_, owner.commits_, owner.env_.pools.disk, owner.ords_, placement, schema),
      quorum(owner.self_, &replica, owner.peers_, placement, owner.ords_, owner.env_.random, schema),
      placed(std::make_unique<table::PlacedRegister>(owner.self_, placement, local, quorum)),
      ranges(std::make_unique<table::QuorumRanges>(owner.self_, &owner.range_replica_, owner.caller_, placement,
                                                   *placed, schema)) {
  replica.fetch_from(owner.companions_);
}

Tables::Tables(NodeId self, env::Env env, kv::Store& store, kv::CommitQueue& commits, table::OrdSource& ords,
               const LayoutPlacement& layout, net::Caller& caller)
    : self_(self),
      env_(std::move(env)),
      store_(store),
      commits_(commits),
      ords_(ords),
      layout_(layout),
      caller_(caller),
      peers_(caller),
      companion_replica_(store, env_.pools.disk),
      companions_(self, &companion_replica_, caller),
      range_replica_(store, env_.pools.disk) {
  service_.add(table::kCompanionOperation, companion_replica_);
  service_.add(table::kRangeOperation, range_replica_);
}

std::unique_ptr<table::Register> Tables::make_register(table::Schema& schema) {
  auto table = std::make_unique<Table>(*this, schema);
  service_.add(table->replica);
  range_replica_.add(schema, table->placement);
  auto out = std::make_unique<table::PlacedRegister>(self_, table->placement, table->local, table->quorum);
  tables_.emplace(schema.family(), std::move(table));
  return out;
}

std::vector<kv::Family> Tables::families() const {
  std::vector<kv::Family> out;
  for (const auto& [family, table] : tables_) out.push_back(family);
  return out;
}

Task<void> Tables::stop() {
  for (auto& [family, table] : tables_) {
    co_await table->ranges->stop();
    co_await table->quorum.stop();
  }
  co_await peers_.stop();
}

}  // namespace garage::daemon
