#include <fmt/format.h>

#include "layout/cluster_layout.hpp"

namespace garage::layout {

uint64_t ClusterLayout::usable_bytes(const NodeId& node) const {
  const auto it = assignment.partitions.find(node);
  return it == assignment.partitions.end() ? 0 : it->second * assignment.partition_bytes;
}

std::map<NodeId, Role> roles_with_staged(const ClusterLayout& layout) {
  auto roles = layout.roles;
  for (const auto& [node, role] : layout.staged.roles) {
    if (role) {
      roles[node] = *role;
    } else {
      roles.erase(node);
    }
  }
  return roles;
}

Result<void> stage_role(ClusterLayout& layout, const NodeId& node, std::optional<Role> role) {
  if (role && role->capacity_bytes && *role->capacity_bytes < kCapacityBytesMin) {
    return fail(ErrorKind::kInvalid, fmt::format("Capacity must be at least {} bytes", kCapacityBytesMin));
  }
  if (role && role->zone.empty()) return fail(ErrorKind::kInvalid, "A role needs a zone");
  const auto current = layout.roles.find(node);
  const bool unchanged = current == layout.roles.end() ? !role : role == current->second;
  if (unchanged) {
    layout.staged.roles.erase(node);
  } else {
    layout.staged.roles[node] = std::move(role);
  }
  return {};
}

Result<void> stage_redundancy(ClusterLayout& layout, ZoneRedundancy redundancy) {
  if (redundancy.at_least && (*redundancy.at_least < 1 || *redundancy.at_least > layout.replication_factor)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("The zone redundancy must be between 1 and the replication factor ({})",
                            layout.replication_factor));
  }
  layout.staged.redundancy = redundancy == layout.redundancy ? std::optional<ZoneRedundancy>() : redundancy;
  return {};
}

void revert_staged(ClusterLayout& layout) {
  layout.staged = {};
}

Result<ClusterLayout> apply_staged(const ClusterLayout& layout) {
  if (layout.staged.empty()) return fail(ErrorKind::kInvalid, "There are no staged changes to apply");
  ClusterLayout out = layout;
  out.roles = roles_with_staged(layout);
  if (layout.staged.redundancy) out.redundancy = *layout.staged.redundancy;
  TRY(out.assignment,
      assign_partitions(out.roles, {out.replication_factor, out.redundancy, out.partition_count}, layout.assignment));
  out.staged = {};
  ++out.version;
  return out;
}

}  // namespace garage::layout
