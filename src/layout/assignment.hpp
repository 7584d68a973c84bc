// How the partitions lie on the storage nodes, and how to find out.
//
// What is wanted, in this order: each partition on so many different nodes, in so many different zones; partitions as
// large as possible, where every node must have room for its share; as few copies as possible that have to move from
// where they were; nodes filled evenly. The answer is exact for the first three and depends on its arguments only: it
// is the same on every machine, so a preview shows what applying does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace garage::layout {

inline constexpr uint32_t kPartitionCount = 2048;
inline constexpr uint32_t kReplicationFactorMax = 7;
inline constexpr size_t kNodesMax = 1024;
inline constexpr uint64_t kCapacityBytesMin = 1024;
inline constexpr uint64_t kCapacityBytesMax = uint64_t{1} << 53;  // so that sums over all nodes fit 64 bits

// What a node is for.
struct Role {
  std::string zone;
  std::optional<uint64_t> capacity_bytes;  // nullopt: a gateway, which holds no data
  std::vector<std::string> tags;
  friend auto operator<=>(const Role&, const Role&) = default;
};

// In how many zones the copies of a partition must be: as many as possible, or at least a number.
struct ZoneRedundancy {
  std::optional<uint32_t> at_least;  // nullopt: maximum
  friend auto operator<=>(const ZoneRedundancy&, const ZoneRedundancy&) = default;
};

struct Assignment {
  uint64_t partition_bytes = 0;           // the largest size at which every node has room for its share
  std::map<NodeId, uint32_t> partitions;  // copies stored by each storage node; 0 for one that stays empty
  std::vector<NodeId> nodes;              // the storage nodes, sorted
  std::vector<uint16_t> places;           // partition after partition, its copies: positions in `nodes`
  uint32_t copies = 0;                    // of each partition: the replication factor

  uint32_t partition_count() const { return copies == 0 ? 0 : static_cast<uint32_t>(places.size() / copies); }
  // The nodes that hold a partition, each once: those that held it before first. Empty where nothing is assigned.
  std::vector<NodeId> replicas_of(uint32_t partition) const;
  bool holds(uint32_t partition, const NodeId& node) const;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

struct Wanted {
  uint32_t replication_factor = 1;
  ZoneRedundancy redundancy;
  uint32_t partition_count = kPartitionCount;
};

// `previous` may be of other roles; one of another number of partitions is not looked at. kInvalid with the reason, in
// the words that operators read.
Result<Assignment> assign_partitions(const std::map<NodeId, Role>& roles, const Wanted& wanted,
                                     const Assignment& previous = {});

// In how many zones the copies will be: the number asked for, or as many as there are copies and zones of storage
// nodes.
uint32_t effective_zone_redundancy(const std::map<NodeId, Role>& roles, uint32_t replication_factor,
                                   ZoneRedundancy redundancy);

// The copies that `after` has and `before` has not, of all nodes and of one: what has to be transferred.
uint64_t copies_to_move(const Assignment& before, const Assignment& after);
uint64_t copies_to_move(const Assignment& before, const Assignment& after, const NodeId& node);

// How many different partitions lie on at least one node of a zone.
uint32_t unique_partitions(const Assignment& assignment, const std::map<NodeId, Role>& roles, const std::string& zone);

}  // namespace garage::layout
