// What several replicas told of a range becomes one order: for each key what is certain, and what must be asked again.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "table/placement.hpp"
#include "table/range.hpp"
#include "table/range_messages.hpp"

namespace garage::table {

// Shards with the same replicas, and what these told.
struct RangeGroup {
  ReplicaSets sets;
  std::vector<std::string> shards;
  std::vector<std::pair<NodeId, SectionAnswer>> answers;
  bool from_one = false;  // of two replicas only one could be asked: what it tells counts

  // Would a majority of every set have to be asked again to tell more than `holders` of them tell?
  bool suffices(const std::vector<NodeId>& holders) const;
};

struct RangeCandidate {
  RangeRow row;
  // Row keys to read through the register: a row is shown as it is found there; a common prefix is shown where any of
  // them lives. Empty: certain.
  std::vector<std::string> doubts;
  // Of a doubtful common prefix: where to look again if none of them lives.
  std::string look_again_from;
};

struct MergedRange {
  std::vector<RangeCandidate> candidates;  // live or doubtful, up to rows_max
  bool more = false;
  std::string next_from;
};

// Every group has answers enough for its quorum.
// `unsettled` leaves a rule out: see Ablation::listing_unsettled.
MergedRange merge_ranges(const RangeQuery& query, const std::vector<RangeGroup>& groups, size_t doubts_max,
                         bool unsettled = false);

}  // namespace garage::table
