// Which nodes keep a row now, and at which stage of a layout change that was said.
//
// Stages are numbers of one order for the whole cluster; a replica refuses requests of an earlier stage than its own.
// In the middle of a layout change a row has two write sets, and every quorum is counted in each of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace garage::table {

using ReplicaSet = std::vector<NodeId>;  // each member once

struct ReplicaSets {
  uint64_t stage = 0;
  ReplicaSet read;
  std::vector<ReplicaSet> write;  // one, or two during a layout change
};

// How many members of a set of this size must agree.
inline size_t majority_of(size_t members) {
  return members / 2 + 1;
}

// What a node answers without a majority, by its configuration.
enum class Consistency : unsigned char {
  kConsistent,
  kDegraded,   // reads are answered by one replica
  kDangerous,  // so are plain writes; conditional ones still need majorities
};

// Threads: any; an immutable snapshot, swapped whole.
// Contract: stages only grow. Whoever announces that this node has reached a stage first switches the placement, then
// waits for a commit that was handed in after the switch: so no change admitted under the earlier stage becomes visible
// afterwards.
class Placement {
 public:
  virtual ~Placement() = default;
  virtual ReplicaSets sets_for(std::string_view key) = 0;
  virtual uint64_t stage_of(std::string_view key) = 0;
  // The stage, where that node is the only replica of the row. Asked for every request of a node that is alone, so it
  // is worth answering without making sets.
  virtual std::optional<uint64_t> stage_if_alone(const NodeId& node, std::string_view key) {
    const ReplicaSets sets = sets_for(key);
    const bool alone = sets.write.size() == 1 && sets.write[0].size() == 1 && sets.write[0][0] == node;
    return alone ? std::optional(sets.stage) : std::nullopt;
  }
  // The sets of all rows of a partition, for synchronisation. No sets: it is kept by nobody, or by nobody knows whom.
  virtual ReplicaSets sets_of_partition(uint16_t partition) { return {}; }
};

}  // namespace garage::table
