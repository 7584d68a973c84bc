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
    : cluster_(cluster),
      variant_(cluster.random().below(variants_of(cluster.scenario().shape))),
      by_a_look_(cluster.random().chance(0.5)) {}

void RegisterLayoutChange::start() {
  cluster_.world().spawn(run());
  if (cluster_.scenario().shape == RegisterShape::kLossOfTwo) cluster_.world().spawn(lose_one());
}

bool RegisterLayoutChange::ends_with_all() {
  const auto last_set = sets_of(cluster_.scenario().shape, kLastStage, variant_).read;
  return std::ranges::none_of(last_set, [this](const NodeId& node) { return cluster_.slot(index_of(node)).gone; });
}

Task<void> RegisterLayoutChange::run() {
  co_await runtime::sleep_for(cluster_.random().between(Duration(0), Duration(600ms)));
  handed_over_ = cluster_.scenario().handover_skipped;
  while (lowest_announced(true) < kLastStage) {
    advance_one();
    settle_if_due();
    co_await runtime::sleep_for(cluster_.random().between(Duration(10ms), Duration(70ms)));
  }
  ++cluster_.counts().layouts_changed;
  done_ = true;
}

// The others hear of the revocation one after another, before or after it has died.
Task<void> RegisterLayoutChange::lose_one() {
  const NodeIndex lost = lost_node_of(variant_);
  co_await runtime::sleep_for(cluster_.random().between(Duration(0), Duration(1500ms)));
  cluster_.lose(lost);
  ++cluster_.counts().lost;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
    co_await runtime::sleep_for(cluster_.random().between(Duration(0), Duration(200ms)));
    RegisterSlot& slot = cluster_.slot(i);
    slot.knows_of_loss = true;
    slot.placement.sets = sets_of(cluster_.scenario().shape, slot.placement.sets.stage, variant_, true);
  }
}

// A node enters a stage when every node has announced the one before.
void RegisterLayoutChange::advance_one() {
  const auto index = static_cast<NodeIndex>(cluster_.random().below(cluster_.node_count()));
  if (!cluster_.is_up(index)) return;
  RegisterSlot& slot = cluster_.slot(index);
  const uint64_t stage = slot.placement.sets.stage;
  const bool all_are_here = lowest_announced(slot.knows_of_loss) >= stage && stage < kLastStage;
  if (all_are_here && (stage != kBothWritten || handed_over_)) {
    slot.placement.sets = sets_of(cluster_.scenario().shape, stage + 1, variant_, slot.knows_of_loss);
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
// all refuse it: by a look, unless one was revoked.
void RegisterLayoutChange::settle_if_due() {
  if (handed_over_) return;
  const auto old_set = sets_of(cluster_.scenario().shape, 1, variant_).read;
  size_t refusing = 0;
  for (const NodeId& member : old_set) {
    if (cluster_.slot(index_of(member)).stage_announced >= kBothWritten) ++refusing;
  }
  if (refusing < old_set.size() - table::majority_of(old_set.size()) + 1) return;
  const NodeIndex index = index_of(cluster_.random().pick(old_set));
  const RegisterSlot& slot = cluster_.slot(index);
  if (!cluster_.is_up(index) || slot.placement.sets.stage != kBothWritten) return;
  if (lowest_announced(slot.knows_of_loss) < kBothWritten && (by_a_look_ || slot.knows_of_loss)) return;
  const bool look = by_a_look_ && !slot.knows_of_loss;
  cluster_.spawn_on(index, hand_over(this, slot.server, look ? table::HandOverBy::kLook : table::HandOverBy::kRound));
}

Task<void> RegisterLayoutChange::hand_over(RegisterLayoutChange* self, RegisterNode* server, table::HandOverBy by) {
  auto done = co_await server->synced().hand_over(kRegisterKey, by);
  // The stage cannot have changed meanwhile: that needs this.
  if (done) self->handed_over_ = true;
}

uint64_t RegisterLayoutChange::lowest_announced(bool knows_of_loss) {
  uint64_t lowest = kLastStage;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
    const RegisterSlot& slot = cluster_.slot(i);
    if (!slot.gone || !knows_of_loss) lowest = std::min(lowest, slot.stage_announced);
  }
  return lowest;
}

}  // namespace garage::sim
