#include "layout/assignment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "layout/problem.hpp"

namespace garage::layout {
namespace {

std::unexpected<Error> impossible(std::string why) {
  return fail(ErrorKind::kInvalid, std::move(why));
}

std::set<std::string_view> storage_zones(const std::map<NodeId, Role>& roles) {
  std::set<std::string_view> zones;
  for (const auto& [node, role] : roles) {
    if (role.capacity_bytes) zones.insert(role.zone);
  }
  return zones;
}

std::vector<NodeId> storage_nodes(const std::map<NodeId, Role>& roles) {
  std::vector<NodeId> nodes;
  for (const auto& [node, role] : roles) {
    if (role.capacity_bytes) nodes.push_back(node);
  }
  return nodes;
}

Result<void> check(const std::map<NodeId, Role>& roles, const Wanted& wanted) {
  const size_t nodes = storage_nodes(roles).size(), zones = storage_zones(roles).size();
  if (wanted.replication_factor < 1 || wanted.replication_factor > kReplicationFactorMax) {
    return impossible(fmt::format("The replication factor ({}) must be between 1 and {}.", wanted.replication_factor,
                                  kReplicationFactorMax));
  }
  if (wanted.redundancy.at_least.value_or(1) > wanted.replication_factor) {
    return impossible(fmt::format("The zone redundancy ({}) is larger than the replication factor ({}).",
                                  *wanted.redundancy.at_least, wanted.replication_factor));
  }
  if (nodes < wanted.replication_factor) {
    return impossible(
        fmt::format("The number of nodes with positive capacity ({}) is smaller than the replication factor ({}).",
                    nodes, wanted.replication_factor));
  }
  if (wanted.redundancy.at_least.value_or(1) > zones) {
    return impossible(
        fmt::format("The number of zones with storage nodes ({0}) is smaller than the zone redundancy ({1}): assign "
                    "nodes in more zones, or lower it (`garage layout config -r {0}`).",
                    zones, *wanted.redundancy.at_least));
  }
  if (nodes > kNodesMax) {
    return impossible(fmt::format("A layout has at most {} storage nodes, not {}.", kNodesMax, nodes));
  }
  return {};
}

Problem to_problem(const std::map<NodeId, Role>& roles, const std::vector<NodeId>& nodes, const Wanted& wanted,
                   const Assignment& previous) {
  Problem out;
  out.partitions = wanted.partition_count;
  out.copies = wanted.replication_factor;
  out.zones_min = effective_zone_redundancy(roles, wanted.replication_factor, wanted.redundancy);
  const auto zones = storage_zones(roles);
  out.zones = static_cast<uint32_t>(zones.size());
  for (const NodeId& node : nodes) {
    const Role& role = roles.at(node);
    out.zone_of.push_back(static_cast<uint32_t>(std::distance(zones.begin(), zones.find(role.zone))));
    out.capacity_bytes.push_back(*role.capacity_bytes);
  }
  out.held.resize(wanted.partition_count);
  if (previous.partition_count() != wanted.partition_count) return out;
  for (uint32_t partition = 0; partition < wanted.partition_count; ++partition) {
    for (const NodeId& node : previous.replicas_of(partition)) {
      const auto at = std::ranges::lower_bound(nodes, node);
      if (at != nodes.end() && *at == node) out.held[partition].push_back(static_cast<uint32_t>(at - nodes.begin()));
    }
  }
  return out;
}

}  // namespace

std::vector<NodeId> Assignment::replicas_of(uint32_t partition) const {
  std::vector<NodeId> out;
  if (partition >= partition_count()) return out;
  out.reserve(copies);
  for (uint32_t i = 0; i < copies; ++i) out.push_back(nodes[places[partition * copies + i]]);
  return out;
}

bool Assignment::holds(uint32_t partition, const NodeId& node) const {
  if (partition >= partition_count()) return false;
  for (uint32_t i = 0; i < copies; ++i) {
    if (nodes[places[partition * copies + i]] == node) return true;
  }
  return false;
}

uint32_t effective_zone_redundancy(const std::map<NodeId, Role>& roles, uint32_t replication_factor,
                                   ZoneRedundancy redundancy) {
  const auto zones = static_cast<uint32_t>(storage_zones(roles).size());
  return std::min({redundancy.at_least.value_or(replication_factor), replication_factor, zones});
}

Result<Assignment> assign_partitions(const std::map<NodeId, Role>& roles, const Wanted& wanted,
                                     const Assignment& previous) {
  CHECK_OK(check(roles, wanted));
  Assignment out;
  out.nodes = storage_nodes(roles);
  out.copies = wanted.replication_factor;
  const Problem problem = to_problem(roles, out.nodes, wanted, previous);
  out.partition_bytes = largest_partition_bytes(problem);
  if (out.partition_bytes == 0) {
    return impossible(fmt::format(
        "The storage capacity of the cluster is too small: the {} partitions, {} times each, have no room at one byte "
        "each.",
        wanted.partition_count, wanted.replication_factor));
  }
  for (const NodeId& node : out.nodes) out.partitions[node] = 0;
  for (const auto& holders : place_partitions(problem, out.partition_bytes)) {
    for (const uint32_t node : holders) {
      out.places.push_back(static_cast<uint16_t>(node));
      ++out.partitions[out.nodes[node]];
    }
  }
  return out;
}

uint64_t copies_to_move(const Assignment& before, const Assignment& after, const NodeId& node) {
  uint64_t moved = 0;
  for (uint32_t partition = 0; partition < after.partition_count(); ++partition) {
    if (after.holds(partition, node) && !before.holds(partition, node)) ++moved;
  }
  return moved;
}

uint64_t copies_to_move(const Assignment& before, const Assignment& after) {
  uint64_t moved = 0;
  for (const NodeId& node : after.nodes) moved += copies_to_move(before, after, node);
  return moved;
}

uint32_t unique_partitions(const Assignment& assignment, const std::map<NodeId, Role>& roles, const std::string& zone) {
  uint32_t unique = 0;
  for (uint32_t partition = 0; partition < assignment.partition_count(); ++partition) {
    const auto holders = assignment.replicas_of(partition);
    unique += std::ranges::any_of(holders, [&](const NodeId& node) {
      const auto role = roles.find(node);
      return role != roles.end() && role->second.zone == zone;
    });
  }
  return unique;
}

}  // namespace garage::layout
