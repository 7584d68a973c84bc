#include <algorithm>
#include <utility>

#include "runtime/sleep.hpp"
#include "sim/register_accidents.hpp"

namespace garage::sim {
namespace {

constexpr uint64_t kBothWritten = 2;  // both sets are written, the first is read
constexpr uint64_t kLastStage = 4;

// Writes nothing: when it is answered, everything handed in before it is durable.
class Barrier final : public kv::Change {
 public:
  void reads(std::vector<kv::Key>& out) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override { return {}; }
};

}  // namespace

RegisterLayoutChange::RegisterLayoutChange(RegisterWorld& cluster)
    : cluster_(cluster), variant_(cluster.random().below(3)), by_a_look_(cluster.random().chance(0.5)) {}

void RegisterLayoutChange::start() {
  cluster_.world().spawn(run());
}

Task<void> RegisterLayoutChange::run() {
  co_await runtime::sleep_for(cluster_.random().between(Duration(0), Duration(600ms)));
  handed_over_ = cluster_.scenario().handover_skipped;
  while (lowest_announced() < kLastStage) {
    advance_one();
    settle_if_due();
    co_await runtime::sleep_for(cluster_.random().between(Duration(10ms), Duration(70ms)));
  }
  ++cluster_.counts().layouts_changed;
  done_ = true;
}

// A node enters a stage when every node has announced the one before.
void RegisterLayoutChange::advance_one() {
  const auto index = static_cast<NodeIndex>(cluster_.random().below(cluster_.node_count()));
  if (!cluster_.is_up(index)) return;
  RegisterSlot& slot = cluster_.slot(index);
  const uint64_t stage = slot.placement.sets.stage;
  const bool all_are_here = lowest_announced() == stage && stage < kLastStage;
  if (all_are_here && (stage != kBothWritten || handed_over_)) {
    slot.placement.sets = sets_of(cluster_.scenario().shape, stage + 1, variant_);
  }
  if (slot.stage_announced < slot.placement.sets.stage) {
    cluster_.spawn_on(index, announce(&cluster_, slot.server, index, slot.placement.sets.stage));
  }
}

// Not before a commit that came after the switch, so that nothing admitted under the earlier stage becomes visible
// later.
Task<void> RegisterLayoutChange::announce(RegisterWorld* cluster, RegisterNode* server, NodeIndex index,
                                          uint64_t stage) {
  auto committed = co_await server->commits().commit(std::make_shared<Barrier>());
  if (committed) cluster->slot(index).stage_announced = std::max(cluster->slot(index).stage_announced, stage);
}

// Once N-W+1 nodes of the old set refuse what is older than both sets: a settle round on both. In every other life once
// all refuse it: by a look.
void RegisterLayoutChange::settle_if_due() {
  if (handed_over_) return;
  const auto old_set = sets_of(cluster_.scenario().shape, 1, variant_).read;
  size_t refusing = 0;
  for (const NodeId& member : old_set) {
    if (cluster_.slot(index_of(member)).stage_announced >= kBothWritten) ++refusing;
  }
  if (refusing < old_set.size() - table::majority_of(old_set.size()) + 1) return;
  const NodeIndex index = index_of(cluster_.random().pick(old_set));
  if (!cluster_.is_up(index) || cluster_.slot(index).placement.sets.stage != kBothWritten) return;
  if (by_a_look_ && lowest_announced() < kBothWritten) return;
  cluster_.spawn_on(index, hand_over(this, cluster_.slot(index).server,
                                     by_a_look_ ? table::HandOverBy::kLook : table::HandOverBy::kRound));
}

Task<void> RegisterLayoutChange::hand_over(RegisterLayoutChange* self, RegisterNode* server, table::HandOverBy by) {
  auto done = co_await server->synced().hand_over(kRegisterKey, by);
  // The stage cannot have changed meanwhile: that needs this.
  if (done) self->handed_over_ = true;
}

uint64_t RegisterLayoutChange::lowest_announced() {
  uint64_t lowest = kLastStage;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) lowest = std::min(lowest, cluster_.slot(i).stage_announced);
  return lowest;
}

}  // namespace garage::sim
