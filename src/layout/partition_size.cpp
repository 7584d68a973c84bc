#include <algorithm>

#include "layout/problem.hpp"

namespace garage::layout {
namespace {

// Is there an assignment? That is a question of maximal flow: each partition sends `zones_min` units of which a zone
// takes one at most, and its other copies anywhere; a node takes one unit of each partition and no more than it has
// room for. All partitions are alike, so an average of them is a flow too, and the flow between partitions together,
// zones and nodes decides it. That graph has two cuts that can be too narrow: the nodes, and what the zones take of the
// units that must be in different ones.
bool is_possible(const Problem& problem, uint64_t partition_bytes) {
  std::vector<uint64_t> room_of_zone(problem.zones, 0);
  for (uint32_t node = 0; node < problem.zone_of.size(); ++node) {
    room_of_zone[problem.zone_of[node]] += room_for(problem, node, partition_bytes);
  }
  uint64_t copies = 0, in_different_zones = 0;
  for (const uint64_t room : room_of_zone) {
    copies += room;
    in_different_zones += std::min<uint64_t>(room, problem.partitions);
  }
  return copies >= uint64_t{problem.partitions} * problem.copies &&
         in_different_zones >= uint64_t{problem.partitions} * problem.zones_min;
}

}  // namespace

uint64_t largest_partition_bytes(const Problem& problem) {
  if (problem.zone_of.empty()) return 0;
  uint64_t possible = 0, impossible = *std::ranges::max_element(problem.capacity_bytes) + 1;
  while (impossible - possible > 1) {
    const uint64_t middle = possible + (impossible - possible) / 2;
    (is_possible(problem, middle) ? possible : impossible) = middle;
  }
  return possible;
}

}  // namespace garage::layout
