#include "layout/in_effect.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace garage::layout {
namespace {

// Can it be that nobody of a partition comes along?
bool may_stay(const History& history, uint64_t version) {
  return version <= history.settled || version <= history.loss_accepted;
}

bool never_came(const History& history, uint64_t version, const NodeId& node) {
  const auto revoked = history.revoked.find(node);
  return revoked != history.revoked.end() && revoked->second < version;
}

}  // namespace

ReplicaSet replicas_in_effect(const History& history, uint64_t version, uint32_t partition) {
  for (;; --version) {
    const KnownVersion* known = history.find(version);
    if (known == nullptr) return {};
    ReplicaSet set = known->layout->assignment.replicas_of(partition);
    const bool stays = !set.empty() && may_stay(history, version) && history.find(version - 1) != nullptr &&
                       std::ranges::all_of(set, [&](const NodeId& node) { return never_came(history, version, node); });
    if (!stays) return set;
  }
}

bool some_stay(const History& history, uint64_t version) {
  const KnownVersion* known = history.find(version);
  if (known == nullptr || !may_stay(history, version)) return false;
  return std::ranges::any_of(known->layout->assignment.nodes,
                             [&](const NodeId& node) { return never_came(history, version, node); });
}

Assignment assignment_in_effect(const History& history, uint64_t version) {
  const KnownVersion* known = history.find(version);
  if (known == nullptr) return {};
  Assignment out = known->layout->assignment;
  const uint32_t partitions = out.partition_count();
  std::vector<ReplicaSet> sets;
  out.partitions.clear();
  for (uint32_t partition = 0; partition < partitions; ++partition) {
    sets.push_back(replicas_in_effect(history, version, partition));
    for (const NodeId& node : sets.back()) ++out.partitions[node];
  }
  out.nodes.clear();
  for (const auto& [node, copies] : out.partitions) out.nodes.push_back(node);
  out.places.clear();
  for (const ReplicaSet& set : sets) {
    for (const NodeId& node : set) {
      out.places.push_back(static_cast<uint16_t>(std::ranges::lower_bound(out.nodes, node) - out.nodes.begin()));
    }
  }
  return out;
}

}  // namespace garage::layout
