#include "table/range_merge.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "table/row_key.hpp"

namespace garage::table {
namespace {

struct Report {
  size_t group = 0;
  size_t answer = 0;
  const RangeItem* item = nullptr;
};
using Reports = std::vector<Report>;  // of one position, by group
using Positions = std::map<std::string_view, Reports>;

// All answers cover what is before it; nothing: everything.
std::optional<std::string_view> common_bound(const std::vector<RangeGroup>& groups) {
  std::optional<std::string_view> bound;
  for (const RangeGroup& group : groups) {
    for (const auto& [node, answer] : group.answers) {
      if (answer.complete_to && (!bound || *answer.complete_to < *bound)) bound = *answer.complete_to;
    }
  }
  return bound;
}

Positions by_position(const std::vector<RangeGroup>& groups, std::optional<std::string_view> bound) {
  Positions out;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (size_t a = 0; a < groups[g].answers.size(); ++a) {
      for (const RangeItem& item : groups[g].answers[a].second.items) {
        if (bound && item.position() >= *bound) break;
        out[item.position()].push_back({g, a, &item});
      }
    }
  }
  return out;
}

std::string row_key_of(const RangeGroup& group, const RangeItem& item) {
  return group.shards[item.shard] + item.key;
}

// Nothing where it is certain that the row is not there.
std::optional<RangeCandidate> judge_row(const std::vector<RangeGroup>& groups, const Reports& reports, bool unsettled) {
  const RangeGroup& group = groups[reports.front().group];
  const RangeItem* highest = nullptr;
  bool lives_somewhere = false;
  for (const Report& report : reports) {
    if (report.group != reports.front().group) continue;
    lives_somewhere |= report.item->value.has_value();
    if (!highest || highest->ord < report.item->ord) highest = report.item;
  }
  if (!lives_somewhere) return std::nullopt;
  std::vector<NodeId> holders;
  for (const Report& report : reports) {
    const bool holds = report.group == reports.front().group && report.item->ord == highest->ord;
    if (holds) holders.push_back(group.answers[report.answer].first);
  }
  RangeCandidate out;
  out.row.key = highest->key;
  if (!unsettled && !group.suffices(holders)) {
    out.doubts.push_back(row_key_of(group, *highest));
    return out;
  }
  if (!highest->value) return std::nullopt;
  out.row.row.ord = highest->ord;
  out.row.row.uuid = highest->uuid;
  out.row.row.modified_ms = highest->modified_ms;
  out.row.row.value = highest->value;
  return out;
}

// The replicas of one group agree where all of them name the same witness. Otherwise the first witness that anybody
// names is asked for; before it nobody saw anything alive.
RangeCandidate judge_prefix(const std::vector<RangeGroup>& groups, const Reports& reports) {
  RangeCandidate out;
  out.row.key = std::string(reports.front().item->position());
  out.row.is_common_prefix = true;
  for (size_t begin = 0; begin < reports.size();) {
    const RangeGroup& group = groups[reports[begin].group];
    const RangeItem* first = reports[begin].item;
    bool agreed = true;
    size_t end = begin;
    for (; end < reports.size() && reports[end].group == reports[begin].group; ++end) {
      const RangeItem& item = *reports[end].item;
      agreed = agreed && item.key == first->key && item.ord == first->ord;
      if (item.key < first->key) first = &item;
    }
    if (agreed && end - begin == group.answers.size()) {
      out.doubts.clear();
      return out;
    }
    out.doubts.push_back(row_key_of(group, *first));
    std::string behind = first->key + '\0';
    if (out.look_again_from.empty() || behind < out.look_again_from) out.look_again_from = std::move(behind);
    begin = end;
  }
  return out;
}

size_t count_in(const ReplicaSet& set, const std::vector<NodeId>& nodes) {
  return static_cast<size_t>(std::count_if(nodes.begin(), nodes.end(), [&](const NodeId& node) {
    return std::find(set.begin(), set.end(), node) != set.end();
  }));
}

}  // namespace

bool RangeGroup::suffices(const std::vector<NodeId>& holders) const {
  if (from_one) return !holders.empty();
  return std::all_of(sets.write.begin(), sets.write.end(),
                     [&](const ReplicaSet& set) { return count_in(set, holders) >= majority_of(set.size()); });
}

MergedRange merge_ranges(const RangeQuery& query, const std::vector<RangeGroup>& groups, size_t doubts_max,
                         bool unsettled) {
  MergedRange out;
  const auto bound = common_bound(groups);
  size_t doubts = 0;
  for (const auto& [position, reports] : by_position(groups, bound)) {
    const bool is_prefix = reports.front().item->is_common_prefix();
    std::optional<RangeCandidate> candidate =
        is_prefix ? std::optional(judge_prefix(groups, reports)) : judge_row(groups, reports, unsettled);
    if (!candidate) continue;
    doubts += candidate->doubts.size();
    if (out.candidates.size() == query.rows_max || (doubts > doubts_max && !out.candidates.empty())) {
      out.more = true;
      out.next_from = std::max(std::string(position), query.from);
      return out;
    }
    out.candidates.push_back(std::move(*candidate));
  }
  if (bound) {
    out.more = true;
    out.next_from = std::string(*bound);
    // The bound may lie inside the last common prefix, which is shown already.
    const bool inside = !out.candidates.empty() && out.candidates.back().row.is_common_prefix &&
                        bound->starts_with(out.candidates.back().row.key);
    if (inside) {
      out.next_from = prefix_end(out.candidates.back().row.key);
      out.more = !out.next_from.empty();
    }
  }
  return out;
}

}  // namespace garage::table
