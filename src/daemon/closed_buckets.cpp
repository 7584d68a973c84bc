#include "daemon/closed_buckets.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "runtime/task_group.hpp"
#include "table/row_key.hpp"

namespace garage::daemon {
namespace {

bool contains(const table::ReplicaSet& set, const NodeId& node) {
  return std::ranges::find(set, node) != set.end();
}

std::vector<table::ReplicaSet> new_sets_of(const NodeId& self, table::Placement& objects) {
  std::vector<table::ReplicaSet> out;
  for (uint32_t partition = 0; partition < table::kPartitionCount; ++partition) {
    auto sets = objects.sets_of_partition(static_cast<uint16_t>(partition));
    const bool mine = sets.write.size() == 2 && contains(sets.write.front(), self);
    if (mine && std::ranges::find(out, sets.write.back()) == out.end()) out.push_back(std::move(sets.write.back()));
  }
  return out;
}

Task<void> bring_to(model::SettingsCopies& copies, NodeId node, bool& there) {
  there = (co_await copies.bring_closed_buckets(node)).has_value();
}

}  // namespace

Task<Result<void>> hand_over_closed_buckets(NodeId self, table::Placement& objects, model::SettingsCopies& copies) {
  const auto sets = new_sets_of(self, objects);
  std::map<NodeId, bool> there;
  for (const auto& set : sets) {
    for (const NodeId& node : set) there[node] = node == self;
  }
  runtime::TaskGroup group;
  for (auto& [node, has_them] : there) {
    if (node != self) group.spawn(bring_to(copies, node, has_them));
  }
  co_await group.join();
  for (const auto& set : sets) {
    const auto have = std::ranges::count_if(set, [&there](const NodeId& node) { return there.at(node); });
    if (static_cast<size_t>(have) < table::majority_of(set.size())) {
      co_return fail(ErrorKind::kUnavailable, "new nodes do not know yet which buckets are closed");
    }
  }
  co_return Result<void>();
}

}  // namespace garage::daemon
