#include "sim/cluster_layout_change.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace garage::sim {
namespace {

constexpr uint64_t kGigabyte = 1'000'000'000;

layout::Role draw_role(SimRandom& random) {
  return {.zone = "zone" + std::to_string(random.below(4)),
          .capacity_bytes = (1 + random.below(4)) * kGigabyte,
          .tags = {}};
}

// What is to become of whom; nothing: there is nothing sensible to do.
struct Change {
  NodeId node;
  std::optional<layout::Role> role;
};
Change draw_change(ClusterWorld& cluster, const layout::ClusterLayout& current, SimRandom& random) {
  std::vector<NodeId> keepers, others;
  for (NodeIndex i = 0; i < cluster.node_count(); ++i) {
    const NodeId id = cluster.member(i).id;
    const auto role = current.roles.find(id);
    const bool keeps = role != current.roles.end() && role->second.capacity_bytes.has_value();
    (keeps ? keepers : others).push_back(id);
  }
  const uint64_t drawn = random.below(3);
  if (drawn == 0 && !others.empty()) return {random.pick(others), draw_role(random)};
  const bool can_go = keepers.size() > cluster.plan().replication_factor;
  if (drawn == 1 && can_go) return {random.pick(keepers), std::nullopt};
  return {random.pick(keepers.empty() ? others : keepers), draw_role(random)};
}

}  // namespace

Task<void> change_cluster_layout(ClusterWorld* cluster, NodeIndex via, uint64_t seed) {
  SimRandom random(seed);
  auto context = cluster->member(via).node->admin_context();
  Change change = draw_change(*cluster, *context.layout.current(), random);
  const auto who = cluster->index_of(change.node);
  const std::string what =
      fmt::format("layout change through node {}: node {} {}", via, who ? std::to_string(*who) : "?",
                  change.role ? fmt::format("gets {} in {}", change.role->capacity_bytes.value_or(0), change.role->zone)
                              : "leaves");
  cluster->history().say(what);
  auto edit = [change = std::move(change)](layout::History& history) -> Result<void> {
    CHECK_OK(layout::stage_role(history, change.node, change.role));
    if (auto done = layout::apply_staged(history, history.newest() + 1); !done) return done;
    return {};
  };
  auto applied = co_await context.layout.edit(std::move(edit));
  cluster->history().say(what + (applied ? " is on its way" : " is refused: " + applied.error().message));
  if (applied) ++cluster->counts().layout_changes;
}

}  // namespace garage::sim
