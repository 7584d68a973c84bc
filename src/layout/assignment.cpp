#include <fmt/format.h>

#include <set>

#include "layout/cluster_layout.hpp"

namespace garage::layout {
namespace {

std::unexpected<Error> impossible(std::string why) {
  return fail(ErrorKind::kInvalid, std::move(why));
}

}  // namespace

Result<Assignment> assign_partitions(const std::map<NodeId, Role>& roles, uint32_t replication_factor,
                                     ZoneRedundancy redundancy, uint32_t partition_count) {
  std::map<NodeId, uint64_t> storage;
  std::set<std::string_view> zones;
  for (const auto& [node, role] : roles) {
    if (!role.capacity_bytes) continue;
    storage[node] = *role.capacity_bytes;
    zones.insert(role.zone);
  }
  if (storage.size() < replication_factor) {
    return impossible(
        fmt::format("The number of nodes with positive capacity ({}) is smaller than the replication factor ({}).",
                    storage.size(), replication_factor));
  }
  if (redundancy.at_least && *redundancy.at_least > zones.size()) {
    return impossible(
        fmt::format("The number of zones with storage nodes ({}) is smaller than the zone redundancy ({}).",
                    zones.size(), *redundancy.at_least));
  }
  if (storage.size() > 1) {
    return fail(ErrorKind::kUnsupported, "Spreading data over several storage nodes is not implemented yet.");
  }
  const auto& [node, capacity] = *storage.begin();
  Assignment out;
  out.partition_bytes = capacity / partition_count;
  if (out.partition_bytes == 0) {
    return impossible(
        fmt::format("The storage capacity of the cluster is too small: {} partitions need at least as many bytes.",
                    partition_count));
  }
  out.partitions[node] = partition_count;
  return out;
}

}  // namespace garage::layout
