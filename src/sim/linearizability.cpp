#include "sim/linearizability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_set>

namespace garage::sim {
namespace {

bool is_open(const HistoryEntry& entry) {
  return entry.outcome == Outcome::kPending || entry.outcome == Outcome::kUnknown;
}

// The value after the operation, if its answer fits a register holding `value`.
std::optional<uint64_t> apply(const HistoryEntry& entry, uint64_t value) {
  const bool told_false = entry.outcome == Outcome::kConditionFalse;
  const auto conditional = [&](bool holds) -> std::optional<uint64_t> {
    if (told_false) return holds ? std::nullopt : std::optional(value);
    return holds ? std::optional(entry.value) : std::nullopt;
  };
  switch (entry.operation) {
    case RegisterOperation::kGet:
      return entry.found == value ? std::optional(value) : std::nullopt;
    case RegisterOperation::kPut:
    case RegisterOperation::kDelete:
      return told_false ? std::nullopt : std::optional(entry.value);
    case RegisterOperation::kCreate:
      return conditional(value == 0);
    case RegisterOperation::kReplaceIf:
    case RegisterOperation::kDeleteIf:
      return conditional(value == entry.expected);
  }
  return std::nullopt;
}

struct State {
  std::array<uint64_t, kHistoryEntriesMax / 64> taken{};  // a bit for each entry
  uint64_t value = 0;

  bool is_taken(size_t index) const { return taken[index / 64] >> (index % 64) & 1; }
  State with(size_t index, uint64_t next) const {
    State out{taken, next};
    out.taken[index / 64] |= uint64_t{1} << (index % 64);
    return out;
  }
  friend bool operator==(const State&, const State&) = default;
};
struct StateHash {
  size_t operator()(const State& state) const {
    uint64_t mixed = state.value * 0xbf58476d1ce4e5b9u;
    for (const uint64_t bits : state.taken) {
      mixed = (mixed ^ bits) * 0x9e3779b97f4a7c15u;
      mixed ^= mixed >> 31;
    }
    return static_cast<size_t>(mixed);
  }
};

class Search {
 public:
  Search(std::vector<HistoryEntry> entries, uint64_t steps_max)
      : entries_(std::move(entries)), steps_left_(steps_max) {}

  Linearizable run() {
    const bool found = explain({});
    if (found) return Linearizable::kYes;
    return steps_left_ == 0 ? Linearizable::kUndecided : Linearizable::kNo;
  }

 private:
  bool explain(const State& state) {
    if (steps_left_ == 0) return false;
    --steps_left_;
    // Nothing that has not been taken yet ended before this; nullopt: only operations without an answer are left.
    std::optional<Duration> first_end;
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (state.is_taken(i) || is_open(entries_[i])) continue;
      if (!first_end || entries_[i].ended < *first_end) first_end = entries_[i].ended;
    }
    if (!first_end) return true;
    if (!seen_.insert(state).second) return false;
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (state.is_taken(i) || entries_[i].began > *first_end) continue;
      const auto next = apply(entries_[i], state.value);
      if (next && explain(state.with(i, *next))) return true;
    }
    return false;
  }

  const std::vector<HistoryEntry> entries_;
  uint64_t steps_left_;
  std::unordered_set<State, StateHash> seen_;
};

std::string_view name(RegisterOperation operation) {
  switch (operation) {
    case RegisterOperation::kPut:
      return "put";
    case RegisterOperation::kDelete:
      return "delete";
    case RegisterOperation::kGet:
      return "get";
    case RegisterOperation::kCreate:
      return "create";
    case RegisterOperation::kReplaceIf:
      return "replace-if";
    case RegisterOperation::kDeleteIf:
      return "delete-if";
  }
  return "?";
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPending:
      return "pending";
    case Outcome::kOk:
      return "ok";
    case Outcome::kConditionFalse:
      return "condition false";
    case Outcome::kNotApplied:
      return "not applied";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "?";
}

}  // namespace

std::string to_string(const HistoryEntry& entry) {
  return fmt::format("{:>9.3f}ms .. {:>9.3f}ms {} value={} expected={} found={}: {}",
                     static_cast<double>(entry.began.count()) / 1e6, static_cast<double>(entry.ended.count()) / 1e6,
                     name(entry.operation), entry.value, entry.expected, entry.found, name(entry.outcome));
}

Linearizable check_linearizable(const std::vector<HistoryEntry>& history, uint64_t steps_max) {
  std::vector<HistoryEntry> counting;
  for (const HistoryEntry& entry : history) {
    const bool says_nothing = entry.operation == RegisterOperation::kGet && entry.outcome != Outcome::kOk;
    if (!says_nothing && entry.outcome != Outcome::kNotApplied) counting.push_back(entry);
  }
  if (counting.size() > kHistoryEntriesMax) return Linearizable::kUndecided;
  return Search(std::move(counting), steps_max).run();
}

}  // namespace garage::sim
