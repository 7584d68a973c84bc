// Which nodes keep the row, by the shape of a life.
#include <map>
#include <utility>

#include "base/assert.hpp"
#include "layout/stages.hpp"
#include "sim/register_world.hpp"

namespace garage::sim {
namespace {

// The stages of a layout change of version 1 to version 2, of which ours are 1 to 4.
constexpr uint64_t kStagesBefore = layout::first_stage(1) - 1;

table::ReplicaSet set_of(std::initializer_list<NodeIndex> members) {
  table::ReplicaSet out;
  for (NodeIndex member : members) out.push_back(node_id_of(member));
  return out;
}

table::ReplicaSet first_set(RegisterShape shape) {
  switch (shape) {
    case RegisterShape::kThree:
    case RegisterShape::kLayoutChange:
      return set_of({0, 1, 2});
    case RegisterShape::kTwo:
    case RegisterShape::kLossOfTwo:
      return set_of({0, 1});
    case RegisterShape::kFive:
      return set_of({0, 1, 2, 3, 4});
    case RegisterShape::kOneOfThree:
    case RegisterShape::kAlone:
      return set_of({0});
  }
  return {};
}

table::ReplicaSets stage_of_change(uint64_t stage, table::ReplicaSet before, table::ReplicaSet after) {
  switch (stage) {
    case 1:
      return {stage, before, {before}};
    case 2:
      return {stage, before, {before, after}};
    case 3:
      return {stage, after, {before, after}};
    default:
      return {stage, after, {after}};
  }
}

std::map<NodeId, layout::Role> storage_on(const table::ReplicaSet& nodes) {
  std::map<NodeId, layout::Role> out;
  for (const NodeId& node : nodes) out[node] = {.zone = "z", .capacity_bytes = 4096, .tags = {}};
  return out;
}

// The real history of such a change, in the eyes of who knows of the loss.
layout::History history_of_two(uint64_t variant, bool knows_of_loss) {
  layout::ClusterLayout first;
  first.replication_factor = 2;
  first.partition_count = 1;
  for (const auto& [node, role] : storage_on(first_set(RegisterShape::kLossOfTwo))) first.staged.roles[node] = role;
  layout::History history = layout::history_of(*layout::next_version(first));
  const auto after = storage_on(variant == 1 ? set_of({2, 3}) : set_of({0, 2}));
  for (const auto& [node, role] : first.staged.roles) {
    if (!after.contains(node)) ASSERT(layout::stage_role(history, node, std::nullopt), "a node may leave");
  }
  for (const auto& [node, role] : after) ASSERT(layout::stage_role(history, node, role), "a node may come");
  ASSERT(layout::apply_staged(history, 2), "two nodes are enough");
  if (knows_of_loss) ASSERT(layout::revoke(history, {node_id_of(lost_node_of(variant))}), "anybody may be revoked");
  return history;
}

table::ReplicaSets sets_of_two(uint64_t stage, uint64_t variant, bool knows_of_loss) {
  const auto history = history_of_two(variant, knows_of_loss);
  auto sets = layout::replica_sets(history, kStagesBefore + stage, 0);
  return {stage, std::move(sets.read), std::move(sets.write)};
}

}  // namespace

NodeIndex nodes_of(RegisterShape shape) {
  switch (shape) {
    case RegisterShape::kThree:
    case RegisterShape::kOneOfThree:
      return 3;
    case RegisterShape::kTwo:
      return 2;
    case RegisterShape::kFive:
    case RegisterShape::kLayoutChange:
      return 5;
    case RegisterShape::kAlone:
      return 1;
    case RegisterShape::kLossOfTwo:
      return 4;
  }
  return 0;
}

bool has_layout_change(RegisterShape shape) {
  return shape == RegisterShape::kLayoutChange || shape == RegisterShape::kLossOfTwo;
}

uint64_t variants_of(RegisterShape shape) {
  return shape == RegisterShape::kLossOfTwo ? 4 : 3;
}

// Who leaves, twice; the new one; the one that stays.
NodeIndex lost_node_of(uint64_t variant) {
  return variant < 2 ? 1u : variant == 2 ? 2u : 0u;
}

table::ReplicaSets sets_of(RegisterShape shape, uint64_t stage, uint64_t variant, bool knows_of_loss) {
  if (shape == RegisterShape::kLossOfTwo) return sets_of_two(stage, variant, knows_of_loss);
  const table::ReplicaSet before = first_set(shape);
  if (shape != RegisterShape::kLayoutChange) return {stage, before, {before}};
  const table::ReplicaSet after = variant == 0   ? set_of({2, 3, 4})
                                  : variant == 1 ? set_of({1, 2, 3})
                                                 : set_of({0, 3, 4});
  return stage_of_change(stage, before, after);
}

}  // namespace garage::sim
