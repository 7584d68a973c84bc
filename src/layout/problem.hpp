// The task of assign_partitions() in numbers: nodes and zones by position. Private to this module.
#pragma once

#include <cstdint>
#include <vector>

namespace garage::layout {

struct Problem {
  uint32_t partitions = 0;
  uint32_t copies = 1;     // of each partition, on different nodes
  uint32_t zones_min = 1;  // and in so many different zones at least
  uint32_t zones = 0;
  std::vector<uint32_t> zone_of;         // of each node
  std::vector<uint64_t> capacity_bytes;  // of each node
  // Per partition, the nodes that hold it now. Nodes that are gone do not appear.
  std::vector<std::vector<uint32_t>> held;
};

// How many partitions a node may hold when they are of this size.
inline uint32_t room_for(const Problem& problem, uint32_t node, uint64_t partition_bytes) {
  const uint64_t fit = problem.capacity_bytes[node] / partition_bytes;
  return static_cast<uint32_t>(fit < problem.partitions ? fit : problem.partitions);
}

// The largest size at which an assignment exists; 0 if there is none.
uint64_t largest_partition_bytes(const Problem& problem);

// For each partition its nodes, in their order: the fewest new ones, then evenly filled. `partition_bytes` must be
// possible.
std::vector<std::vector<uint32_t>> place_partitions(const Problem& problem, uint64_t partition_bytes);

}  // namespace garage::layout
