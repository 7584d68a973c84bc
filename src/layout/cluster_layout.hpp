// One version of the cluster layout: which nodes hold the data of a cluster. A pure value: no clock, no files, no
// messages. A version that was applied never changes; it has a hash, and names the hash of the version before it.
//
// Operators stage changes and then apply them as a version of its own; only applied roles hold data. Partitions are
// counted here, never assumed: their number is part of the layout. The versions of a cluster together, and how one
// takes over from another, are in history.hpp.
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

using LayoutHash = FixedBytes<32, struct LayoutHashTag>;  // SHA-256 of an encoded version

struct LayoutVersion {
  uint64_t version = 0;  // 0: nothing was ever applied, and nothing can be stored
  uint32_t replication_factor = 1;
  uint32_t partition_count = kPartitionCount;
  ZoneRedundancy redundancy;
  std::map<NodeId, Role> roles;
  Assignment assignment;
  LayoutHash predecessor;        // of version - 1; zero for the first
  codec::UnknownFields unknown;  // tags of a newer format, kept

  uint64_t usable_bytes(const NodeId& node) const;
  friend bool operator==(const LayoutVersion&, const LayoutVersion&) = default;
};

struct StagedChanges {
  std::map<NodeId, std::optional<Role>> roles;  // nullopt: the node leaves
  std::optional<ZoneRedundancy> redundancy;
  bool empty() const { return roles.empty() && !redundancy; }
  friend bool operator==(const StagedChanges&, const StagedChanges&) = default;
};

// What people call the current layout: the newest version, and what is staged for the next.
struct ClusterLayout : LayoutVersion {
  StagedChanges staged;
  friend bool operator==(const ClusterLayout&, const ClusterLayout&) = default;
};

// The roles as they would be after applying what is staged.
std::map<NodeId, Role> roles_with_staged(const ClusterLayout& layout);

// The next version: staged roles in force. kInvalid where nothing is staged, or where it is impossible.
Result<LayoutVersion> next_version(const ClusterLayout& layout);

// What the step from one version to the next means, line by line, for people.
std::vector<std::string> describe_change(const LayoutVersion& before, const LayoutVersion& after);

LayoutHash hash_of(const LayoutVersion& version);

}  // namespace garage::layout
