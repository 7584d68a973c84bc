// Which nodes hold the data of a cluster: their roles, what is staged for the next version, and how partitions are
// spread over them. A pure value: no clock, no files, no messages.
//
// Operators stage changes and then apply them as a version of its own; only applied roles hold data. Partitions are
// counted here, never assumed: their number is part of the layout.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "codec/tlv.hpp"
#include "layout/assignment.hpp"

namespace garage::layout {

struct StagedChanges {
  std::map<NodeId, std::optional<Role>> roles;  // nullopt: the node leaves
  std::optional<ZoneRedundancy> redundancy;
  bool empty() const { return roles.empty() && !redundancy; }
  friend bool operator==(const StagedChanges&, const StagedChanges&) = default;
};

struct ClusterLayout {
  uint64_t version = 0;  // 0: nothing was ever applied, and nothing can be stored
  uint32_t replication_factor = 1;
  uint32_t partition_count = kPartitionCount;
  ZoneRedundancy redundancy;
  std::map<NodeId, Role> roles;
  Assignment assignment;
  StagedChanges staged;
  codec::UnknownFields unknown;  // tags of a newer format, kept

  uint64_t usable_bytes(const NodeId& node) const;
  friend bool operator==(const ClusterLayout&, const ClusterLayout&) = default;
};

// The roles as they would be after applying what is staged.
std::map<NodeId, Role> roles_with_staged(const ClusterLayout& layout);

// Adds a change. One that leaves the node as it is drops what was staged for it. kInvalid for a capacity too small.
Result<void> stage_role(ClusterLayout& layout, const NodeId& node, std::optional<Role> role);
// kInvalid unless between 1 and the replication factor.
Result<void> stage_redundancy(ClusterLayout& layout, ZoneRedundancy redundancy);
void revert_staged(ClusterLayout& layout);

// The next version: staged roles in force, nothing staged. kInvalid where nothing is staged.
Result<ClusterLayout> apply_staged(const ClusterLayout& layout);

// What the step from one version to the next means, line by line, for people.
std::vector<std::string> describe_change(const ClusterLayout& before, const ClusterLayout& after);

// docs/formats/cluster_layout.md. The checksum covers all of it; kCorrupt for damage, kUnsupported for a newer format.
std::string encode_cluster_layout(const ClusterLayout& layout);
Result<ClusterLayout> decode_cluster_layout(std::string_view encoded);

}  // namespace garage::layout
