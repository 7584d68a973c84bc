#include "table/replicated_table.hpp"

#include <cstdint>
#include <utility>

#include "table/operations.hpp"

namespace garage::table {
namespace {

RangeOptions range_options(const TableOptions& options) {
  RangeOptions out = options.ranges;
  out.round.one_suffices |= options.quorum.consistency != Consistency::kConsistent;
  out.round.one_of_two_suffices &= options.quorum.one_of_two_answers;
  return out;
}

// Duties bring so many rows at a time, and wait for their answers.
WireOptions background(WireOptions options) {
  options.priority = net::Priority::kBackground;
  options.unanswered_install_bytes_max = SIZE_MAX;
  return options;
}

}  // namespace

TableHub::TableHub(NodeId self, kv::Store& store, kv::CommitQueue& commits, runtime::Pool& disk, OrdSource& ords,
                   runtime::Random& random, net::Caller& caller, TableOptions options)
    : self_(self),
      store_(store),
      commits_(commits),
      disk_(disk),
      ords_(ords),
      random_(random),
      caller_(caller),
      options_(options),
      peers_(caller, options.wire),
      background_peers_(caller, background(options.wire)),
      range_replica_(store, disk),
      presence_replica_(store, disk),
      companion_replica_(store, disk),
      companions_(self, &companion_replica_, caller),
      hints_(store, commits, options.hints),
      replayer_(hints_, background_peers_, caller, disk),
      keeper_(store, commits),
      digests_(store, disk, keeper_),
      sync_(self, caller, keeper_, digests_, options.sync),
      hand_over_(self, store, disk) {
  service_.add(kRangeOperation, range_replica_);
  service_.add(kPresenceOperation, presence_replica_);
  service_.add(kCompanionOperation, companion_replica_);
  service_.add(kDigestOperation, digests_);
}

std::unique_ptr<ReplicatedTable> TableHub::make(Schema& schema, Placement& placement) {
  auto table = std::make_unique<ReplicatedTable>(*this, schema, placement);
  schema.keep_digests(keeper_);
  table->replica_.fetch_from(companions_);
  service_.add(table->replica_);
  range_replica_.add(schema, placement);
  presence_replica_.add(schema, placement);
  companion_replica_.tell_stage_of(placement);
  replayer_.add(schema.family(), placement, *table);
  add(table->synced_, placement);
  hand_over_.add(table->synced_, placement);
  tables_.push_back(table.get());
  return table;
}

void TableHub::add(SyncedRows& rows, Placement& placement) {
  keeper_.add(rows);
  digests_.add(rows);
  sync_.add(rows, placement);
}

Result<void> TableHub::open() {
  CHECK_OK(hints_.load());
  return keeper_.load();
}

void TableHub::start() {
  replayer_.start();
  sync_.start();
}

Task<void> TableHub::stop() {
  co_await sync_.stop();
  co_await replayer_.stop();
  for (ReplicatedTable* table : tables_) co_await table->stop();
  co_await hints_.stop();
  co_await background_peers_.stop();
  co_await peers_.stop();
}

Task<Result<void>> TableHub::set_replicated(bool replicated) {
  return replicated ? keeper_.switch_on() : keeper_.switch_off();
}

ReplicatedTable::ReplicatedTable(TableHub& hub, Schema& schema, Placement& placement)
    : placement_(placement),
      companions_(hub.companions_),
      replica_(hub.store_, hub.commits_, hub.disk_, hub.ords_, placement, schema, hub.options_.quorum.ablation),
      local_(hub.store_, hub.commits_, hub.disk_, hub.ords_, schema),
      quorum_(hub.self_, &replica_, hub.peers_, placement, hub.ords_, hub.random_, schema, hub.options_.quorum,
              &hub.hints_),
      placed_(hub.self_, placement, local_, quorum_),
      ranges_(hub.self_, &hub.range_replica_, hub.caller_, placement, *this, schema, range_options(hub.options_)),
      synced_(hub.self_, replica_, hub.background_peers_, placement, *this, hub.options_.quorum.ablation) {}

Task<void> ReplicatedTable::stop() {
  co_await ranges_.stop();
  co_await quorum_.stop();
}

}  // namespace garage::table
