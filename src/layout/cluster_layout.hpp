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

namespace garage::layout {

inline constexpr uint32_t kPartitionCount = 2048;
inline constexpr uint64_t kCapacityBytesMin = 1024;

// What a node is for.
struct Role {
  std::string zone;
  std::optional<uint64_t> capacity_bytes;  // nullopt: a gateway, which holds no data
  std::vector<std::string> tags;
  friend bool operator==(const Role&, const Role&) = default;
};

// In how many zones the copies of a partition must be: as many as possible, or at least a number.
struct ZoneRedundancy {
  std::optional<uint32_t> at_least;  // nullopt: maximum
  friend bool operator==(const ZoneRedundancy&, const ZoneRedundancy&) = default;
};

// How the partitions lie on the storage nodes.
struct Assignment {
  uint64_t partition_bytes = 0;           // the largest size at which every node has room for its share
  std::map<NodeId, uint32_t> partitions;  // copies stored by each storage node
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

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

// kInvalid with the reason, in the words that operators read; kUnsupported for what is not built yet (several storage
// nodes).
Result<Assignment> assign_partitions(const std::map<NodeId, Role>& roles, uint32_t replication_factor,
                                     ZoneRedundancy redundancy, uint32_t partition_count);

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
