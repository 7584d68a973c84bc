// The coordinator of ordered reads. See range.hpp for what it promises and range_merge.hpp for how answers become one.
//
// Ownership: borrows everything; stop() after the last read has returned. Threads: any loop.
#pragma once

#include <string>
#include <vector>

#include "table/ablation.hpp"
#include "table/range.hpp"
#include "table/range_round.hpp"

namespace garage::table {

struct RangeOptions {
  RangeRoundOptions round = {};
  size_t doubts_max = 64;  // rows settled for one round of a page; the page is cut behind them
  int rounds_max = 32;     // of a page that stays short, because what was found turned out to be deleted
  int attempts_max = 6;    // when the layout moves on
  Ablation ablation = {};  // for tests
};

class QuorumRanges final : public Ranges {
 public:
  // `own`: this node's side, or null on a node that stores nothing. `rows`: the register of the schema's family, which
  // settles rows that differ.
  QuorumRanges(NodeId self, RangeReplica* own, net::Caller& caller, Placement& placement, Register& rows,
               Schema& schema, RangeOptions options = {})
      : self_(self),
        own_(own),
        caller_(caller),
        placement_(placement),
        rows_(rows),
        schema_(schema),
        options_(options) {}

  Task<Result<RangePage>> read(RangeQuery query) override;
  Task<void> stop() { return background_.stop(); }

 private:
  std::vector<RangeGroup> group(const RangeQuery& query) const;
  Task<Result<std::vector<RangeGroup>>> ask(RangeQuery query);
  Task<Result<MergedRange>> read_once(RangeQuery query);
  Task<Result<void>> settle_doubts(std::vector<RangeCandidate>& candidates);
  Task<void> settle_doubt(RangeCandidate& candidate, Result<void>& outcome);

  const NodeId self_;
  RangeReplica* const own_;
  net::Caller& caller_;
  Placement& placement_;
  Register& rows_;
  Schema& schema_;
  const RangeOptions options_;
  runtime::Background background_;
};

}  // namespace garage::table
