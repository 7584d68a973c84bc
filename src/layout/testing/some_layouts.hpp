// Small layouts for tests.
#pragma once

#include <string>
#include <vector>

#include "layout/history.hpp"

namespace garage::layout::testing {

inline NodeId node(unsigned number) {
  NodeId id;
  id.bytes[0] = static_cast<unsigned char>(number);
  return id;
}

inline Role storage(uint64_t capacity, std::string zone = "dc1") {
  return {.zone = std::move(zone), .capacity_bytes = capacity, .tags = {}};
}

// Version 1, settled, of 16 partitions on these nodes.
inline History small_history(uint32_t replication_factor, const std::vector<unsigned>& nodes) {
  ClusterLayout empty;
  empty.replication_factor = replication_factor;
  empty.partition_count = 16;
  for (const unsigned number : nodes) empty.staged.roles[node(number)] = storage(4096);
  return history_of(next_version(empty).value());
}

}  // namespace garage::layout::testing
