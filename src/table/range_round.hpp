// Asks the nodes that keep some groups of shards, each with one message for all its groups: a majority of every group,
// nearest first, and the others once somebody fails or is slow.
//
// Ownership: shared by the waiting coordinator and the calls, some of which outlive the wait. One loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/caller.hpp"
#include "runtime/background.hpp"
#include "runtime/loop.hpp"
#include "runtime/signal.hpp"
#include "table/range_merge.hpp"
#include "table/range_replica.hpp"

namespace garage::table {

struct RangeRoundOptions {
  Duration timeout = 10s;
  Duration spill_after = 50ms;
  bool one_of_two_suffices = true;  // where a group has two replicas and the other cannot be reached
  bool one_suffices = false;
};

class RangeRound : public std::enable_shared_from_this<RangeRound> {
 public:
  // `own` may be null.
  RangeRound(NodeId self, RangeReplica* own, net::Caller& caller, runtime::Background& background,
             RangeRoundOptions options);

  // Fills the answers of the groups. kUnavailable: a group has no quorum; kConflict: a stage is over, place them anew.
  Task<Result<std::vector<RangeGroup>>> ask(RangeQuery query, std::vector<RangeGroup> groups);

 private:
  enum class Told : unsigned char { kNothing, kAnswer, kFailure };
  struct GroupState {
    std::vector<NodeId> members;  // nearest first
    std::map<NodeId, Told> asked;
  };

  void ask_majorities();
  void ask_the_rest();
  void ask_nodes(const std::map<NodeId, std::vector<size_t>>& groups_of);
  static Task<void> ask_node(std::shared_ptr<RangeRound> self, NodeId node, std::vector<size_t> groups);
  Task<Result<std::vector<SectionAnswer>>> call(NodeId node, RangeRequest request);
  RangeRequest request_for(const std::vector<size_t>& groups) const;
  void take(NodeId node, const std::vector<size_t>& groups, Result<std::vector<SectionAnswer>> answer);
  bool has_majorities(size_t group) const;
  bool has_quorum(size_t group) const;
  bool may_answer_from_one(size_t group) const;
  bool all_told(size_t group) const;
  bool finished() const;
  size_t items_max_for(const RangeGroup& group) const;

  const NodeId self_;
  RangeReplica* const own_;
  net::Caller& caller_;
  runtime::Background& background_;
  const RangeRoundOptions options_;

  RangeQuery query_;
  std::vector<RangeGroup> groups_;
  std::vector<GroupState> states_;
  MonotonicTime deadline_;
  runtime::Signal changed_;
  bool spilled_ = false;
  bool wants_spill_ = false;
  bool expired_ = false;
  bool stage_over_ = false;
  bool over_ = false;  // nobody waits any more
};

}  // namespace garage::table
