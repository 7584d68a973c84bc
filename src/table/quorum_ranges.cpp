#include "table/quorum_ranges.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace garage::table {
namespace {

constexpr Duration kPause = 20ms;

Result<void> check(const RangeQuery& query, const Schema& schema) {
  const size_t longest = std::max({query.prefix.size(), query.from.size(), query.delimiter.size()});
  const bool good = query.family == schema.family() && !query.shards.empty() &&
                    query.shards.size() <= kRangeShardsMax && query.rows_max > 0 && query.rows_max <= kRangeRowsMax &&
                    longest <= kRowKeyBytesMax;
  if (!good) return fail(ErrorKind::kInvalid, "a range beyond its bounds");
  return {};
}

}  // namespace

Task<Result<RangePage>> QuorumRanges::read(RangeQuery query) {
  CO_CHECK_OK(check(query, schema_));
  RangePage page;
  for (int round = 0; round < options_.rounds_max; ++round) {
    CO_TRY(auto merged, co_await read_once(query));
    for (RangeCandidate& candidate : merged.candidates) page.rows.push_back(std::move(candidate.row));
    page.more = merged.more;
    page.next_from = merged.more ? std::move(merged.next_from) : std::string();
    query.rows_max -= merged.candidates.size();
    if (!page.more || query.rows_max == 0) break;
    if (page.next_from <= query.from) co_return fail(ErrorKind::kCorrupt, "a range that does not advance");
    query.from = page.next_from;
  }
  co_return std::move(page);
}

// What is certain and alive, up to the end of the page or the first place that must be looked at again.
Task<Result<MergedRange>> QuorumRanges::read_once(RangeQuery query) {
  CO_TRY(const auto groups, co_await ask(query));
  MergedRange merged = merge_ranges(query, groups, options_.doubts_max, options_.ablation.listing_unsettled);
  CO_CHECK_OK(co_await settle_doubts(merged.candidates));
  std::vector<RangeCandidate> alive;
  for (RangeCandidate& candidate : merged.candidates) {
    const bool dead = !candidate.doubts.empty();  // settling leaves doubts only where nothing lives
    if (dead && candidate.row.is_common_prefix) {
      merged.more = true;
      merged.next_from = candidate.look_again_from;
      break;
    }
    if (!dead) alive.push_back(std::move(candidate));
  }
  merged.candidates = std::move(alive);
  co_return std::move(merged);
}

std::vector<RangeGroup> QuorumRanges::group(const RangeQuery& query) const {
  std::vector<RangeGroup> groups;
  for (const std::string& shard : query.shards) {
    ReplicaSets sets = placement_.sets_for(shard);
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const RangeGroup& group) {
      return group.sets.stage == sets.stage && group.sets.write == sets.write;
    });
    if (same == groups.end()) {
      groups.push_back({std::move(sets), {shard}, {}, false});
    } else {
      same->shards.push_back(shard);
    }
  }
  return groups;
}

Task<Result<std::vector<RangeGroup>>> QuorumRanges::ask(RangeQuery query) {
  for (int attempt = 1;; ++attempt) {
    auto round = std::make_shared<RangeRound>(self_, own_, caller_, background_, options_.round);
    auto groups = co_await round->ask(query, group(query));
    const bool again = !groups && groups.error().kind == ErrorKind::kConflict && attempt < options_.attempts_max;
    if (!again) {
      if (!groups && groups.error().kind == ErrorKind::kConflict) groups.error().kind = ErrorKind::kUnavailable;
      co_return std::move(groups);
    }
    co_await runtime::sleep_for(kPause * attempt);
  }
}

Task<Result<void>> QuorumRanges::settle_doubts(std::vector<RangeCandidate>& candidates) {
  std::vector<Result<void>> outcomes(candidates.size());
  runtime::TaskGroup group;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].doubts.empty()) group.spawn(settle_doubt(candidates[i], outcomes[i]));
  }
  co_await group.join();
  for (auto& outcome : outcomes) CO_CHECK_OK(std::move(outcome));
  co_return Result<void>();
}

// Clears the doubts where something lives.
Task<void> QuorumRanges::settle_doubt(RangeCandidate& candidate, Result<void>& outcome) {
  const std::vector<std::string> doubts = candidate.doubts;
  for (const std::string& key : doubts) {
    auto row = co_await rows_.read(key);
    if (!row) {
      outcome = std::unexpected(std::move(row).error());
      co_return;
    }
    if (!*row || !(*row)->value) continue;
    if (!candidate.row.is_common_prefix) {
      candidate.row.row = std::move(**row);
      candidate.row.row.value = schema_.project(*candidate.row.row.value);
    }
    candidate.doubts.clear();
    co_return;
  }
}

}  // namespace garage::table
