#include "sim/register_world.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/assert.hpp"
#include "table/partition.hpp"
#include "table/row.hpp"

namespace garage::sim {
namespace {

// Most messages take a few milliseconds, some much longer, a few longer than clocks differ.
FaultOptions draw_faults(SimRandom& random) {
  FaultOptions out;
  out.network.delay_shortest = 1ms;
  out.network.delay_longest = 10ms;
  const bool very_slow = random.chance(0.3);
  out.network.slow_probability = very_slow ? 0.08 : 0.3;
  out.network.slow_longest = very_slow ? 450ms : 65ms;
  out.network.message_loss_probability = random.chance(0.33) ? 0 : static_cast<double>(random.below(12)) / 100;
  out.network.message_duplication_probability = static_cast<double>(random.below(10)) / 100;
  out.disk_pool.shortest = 50us;
  out.disk_pool.longest = random.chance(0.5) ? 500us : 5ms;
  out.disk_pool.stall_probability = random.chance(0.5) ? 0 : 0.05;
  out.disk_pool.stall_longest = 80ms;
  out.clock.wall_offset_max = 200ms;
  return out;
}

RegisterNodeOptions options_of(const RegisterScenario& scenario, bool promises_not_seen) {
  RegisterNodeOptions out;
  out.quorum.call_timeout = 300ms;
  out.quorum.read_spill_after = 30ms;
  out.quorum.one_of_two_answers = false;  // weaker than a linearizable register
  out.quorum.lineage_max = scenario.lineage_max;
  out.quorum.ablation = scenario.ablation;
  out.quorum.ablation.promises_not_seen |= promises_not_seen;
  out.wire = scenario.wire;
  out.sync_ignores_fence = scenario.sync_ignores_fence;
  out.duties = scenario.duties;
  out.no_hints = scenario.no_hints;
  out.no_sync = scenario.no_sync;
  if (scenario.answers_before_sync) out.durability = kv::Durability::kRelaxed;
  return out;
}

}  // namespace

RegisterWorld::RegisterWorld(uint64_t seed, const RegisterScenario& scenario) : scenario_(scenario), random_(seed) {
  counts_.lives = 1;
  world_ = std::make_unique<World>(random_.next(), draw_faults(random_));
  for (NodeIndex i = 0; i < nodes_of(scenario.shape); ++i) {
    auto slot = std::make_unique<RegisterSlot>();
    slot->store.set_cold(random_.chance(0.3));
    slot->placement.stage_ignored = scenario.stage_ignored;
    slot->placement.sets = sets_of(scenario.shape, 1, 0);
    slots_.push_back(std::move(slot));
    world_->add_node([this, i](SimNode&) { boot(i); });
  }
}

void RegisterWorld::boot(NodeIndex index) {
  SimNode& node = world_->node(index);
  RegisterSlot& at = slot(index);
  const auto options = options_of(scenario_, random_.chance(0.5));
  at.placement.partitions.insert(*table::partition_of_row(kv::Family::kObject, kRegisterKey));
  at.server = &node.own(std::make_unique<RegisterNode>(node, at.store, at.placement, traffic_, options));
  at.server->start_duties();
  node.serve([server = at.server](std::string message) { return server->handle(std::move(message)); });
}

std::optional<NodeIndex> RegisterWorld::any_node_up() {
  std::vector<NodeIndex> up;
  for (NodeIndex i = 0; i < node_count(); ++i) {
    if (is_up(i)) up.push_back(i);
  }
  if (up.empty()) return std::nullopt;
  return random_.pick(up);
}

void RegisterWorld::power_cut(NodeIndex index) {
  ASSERT(is_up(index), "only a running node loses power");
  counts_.held_back += slot(index).server->peers().held_back();
  slot(index).server = nullptr;
  world_->node(index).power_cut({.mode = CutMode::kDropAll});
  slot(index).store.crash(random_.below(slot(index).store.unsynced_batches() + 1));
  ++counts_.power_cuts;
}

void RegisterWorld::lose(NodeIndex index) {
  slot(index).gone = true;
  if (is_up(index)) power_cut(index);
}

void RegisterWorld::restart(NodeIndex index) {
  if (slot(index).gone) return;
  if (!world_->node(index).alive()) world_->node(index).restart();
}

void RegisterWorld::heal() {
  healed_ = true;
  world_->links().heal();
  NetworkFaults& network = world_->links().faults();
  network.message_loss_probability = 0;
  network.message_duplication_probability = 0;
  network.slow_probability = 0;
  for (NodeIndex i = 0; i < node_count(); ++i) {
    restart(i);
    if (scenario_.far_clocks) world_->node(i).clock().set_wall_offset(Duration(0));
    slot(i).store.fail_next_writes(ErrorKind::kIo, 0);
    slot(i).store.fail_next_reads(ErrorKind::kIo, 0);
  }
}

bool RegisterWorld::converged() {
  std::optional<std::string> first;
  for (const NodeId& member : table::union_of(slot(0).placement.sets.write)) {
    const auto row = slot(index_of(member)).store.get(kv::Family::kObject, kRegisterKey);
    if (!row) return false;
    const std::string bytes = row->value_or("");
    if (first && *first != bytes) return false;
    first = bytes;
  }
  return true;
}

void RegisterWorld::check_stores() {
  for (NodeIndex i = 0; i < node_count(); ++i) check_store(i);
}

void RegisterWorld::check_store(NodeIndex index) {
  kv::MemoryStore& store = slot(index).store;
  const BodySchema schema;
  auto bytes = store.get(schema.family(), kRegisterKey);
  std::optional<kv::Key> wanted;
  std::string body;
  if (bytes && *bytes) {
    auto row = table::decode_row(kRegisterKey, **bytes);
    if (!row) return broken(fmt::format("node {}: a damaged row", index));
    if (row->value) {
      wanted = schema.companions_of(kRegisterKey, *row).front();
      body = BodySchema::body_of(*row->value);
    }
  }
  size_t found = 0;
  auto bodies = store.iterate(kv::Family::kInline, {});
  for (bodies->seek(""); bodies->valid(); bodies->next()) {
    ++found;
    if (!wanted || bodies->key() != wanted->bytes || bodies->value() != body) {
      broken(fmt::format("node {}: a body that no row names", index));
    }
  }
  if (wanted && found == 0) broken(fmt::format("node {}: a row without its body", index));
}

RegisterLife RegisterWorld::take_life() {
  RegisterLife out;
  out.history.assign(history_.begin(), history_.end());
  out.broken = std::move(broken_);
  out.linearizable = check_linearizable(out.history);
  for (const HistoryEntry& entry : out.history) {
    ++counts_.operations;
    switch (entry.outcome) {
      case Outcome::kOk:
        ++counts_.ok;
        break;
      case Outcome::kConditionFalse:
        ++counts_.condition_false;
        break;
      case Outcome::kNotApplied:
        ++counts_.not_applied;
        break;
      case Outcome::kPending:
      case Outcome::kUnknown:
        ++counts_.unknown;
        break;
    }
  }
  counts_.requests = traffic_.requests;
  counts_.timeouts = traffic_.timeouts;
  counts_.duplicates = traffic_.duplicates;
  for (const auto& at : slots_) {
    if (at->server) counts_.held_back += at->server->peers().held_back();
  }
  out.counts = counts_;
  out.final_number = world_->final_number() ^ random_.next();
  return out;
}

}  // namespace garage::sim
