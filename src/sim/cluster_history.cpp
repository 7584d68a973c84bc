#include "sim/cluster_history.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace garage::sim {
namespace {

constexpr size_t kTraceLinesMax = 20'000;
constexpr size_t kProblemsMax = 40;
constexpr uint64_t kStepsMax = 400'000;

bool is_write(const HistoryEntry& entry) {
  return entry.operation != RegisterOperation::kGet;
}

bool may_have_written(const HistoryEntry& entry) {
  return is_write(entry) && entry.outcome != Outcome::kConditionFalse && entry.outcome != Outcome::kNotApplied;
}

}  // namespace

void ClusterCounts::add(const ClusterCounts& other) {
  static constexpr uint64_t ClusterCounts::* kAll[] = {
      &ClusterCounts::lives,           &ClusterCounts::operations,      &ClusterCounts::ok,
      &ClusterCounts::condition_false, &ClusterCounts::not_applied,     &ClusterCounts::unknown,
      &ClusterCounts::reads_refused,   &ClusterCounts::bodies_compared, &ClusterCounts::pages,
      &ClusterCounts::uploads,         &ClusterCounts::copies,          &ClusterCounts::kills,
      &ClusterCounts::power_cuts,      &ClusterCounts::pauses,          &ClusterCounts::partitions,
      &ClusterCounts::clock_jumps,     &ClusterCounts::slow_disks,      &ClusterCounts::full_disks,
      &ClusterCounts::layout_changes,  &ClusterCounts::undecided};
  for (const auto count : kAll) this->*count += other.*count;
}

std::string to_string(const ClusterCounts& c) {
  return fmt::format(
      "{} lives, {} operations: {} ok, {} condition false, {} not applied, {} unknown, {} reads refused; {} bodies "
      "compared, {} pages, {} uploads, {} copies; {} kills, {} power cuts, {} pauses, {} partitions, {} clock jumps, "
      "{} slow disks, {} full disks, {} layout changes; {} undecided",
      c.lives, c.operations, c.ok, c.condition_false, c.not_applied, c.unknown, c.reads_refused, c.bodies_compared,
      c.pages, c.uploads, c.copies, c.kills, c.power_cuts, c.pauses, c.partitions, c.clock_jumps, c.slow_disks,
      c.full_disks, c.layout_changes, c.undecided);
}

HistoryEntry& ClusterHistory::begin(const std::string& key, RegisterOperation operation, uint64_t value,
                                    uint64_t expected) {
  HistoryEntry& entry = keys_[key].emplace_back();
  entry.operation = operation;
  entry.value = value;
  entry.expected = expected;
  entry.began = now();
  return entry;
}

void ClusterHistory::end(HistoryEntry& entry, Outcome outcome, uint64_t found) {
  entry.outcome = outcome;
  entry.found = found;
  entry.ended = now();
}

void ClusterHistory::note_read(const std::string& key, Duration began, uint64_t found) {
  HistoryEntry& entry = begin(key, RegisterOperation::kGet);
  entry.began = began;
  end(entry, Outcome::kOk, found);
  seen(key, found);
}

uint64_t ClusterHistory::last_read(const std::string& key) const {
  const auto found = last_read_.find(key);
  return found == last_read_.end() ? 0 : found->second;
}

void ClusterHistory::broken(std::string what) {
  say("BROKEN: " + what);
  if (problems_.size() < kProblemsMax) problems_.push_back(std::move(what));
}

void ClusterHistory::say(std::string line) {
  if (trace_.size() >= kTraceLinesMax) return;
  trace_.push_back(fmt::format("{:>10.3f}s {}", static_cast<double>(now().count()) / 1e9, line));
}

// Is there a write of what was read that nobody had surely overwritten before the read began?
bool ClusterHistory::is_regular(const std::deque<HistoryEntry>& all, const HistoryEntry& read) const {
  const auto overwritten = [&](Duration ended) {
    return std::ranges::any_of(all, [&](const HistoryEntry& later) {
      return is_write(later) && later.outcome == Outcome::kOk && later.began > ended && later.ended < read.began;
    });
  };
  if (read.found == 0 && !overwritten(Duration(0))) return true;
  return std::ranges::any_of(all, [&](const HistoryEntry& write) {
    if (!may_have_written(write) || write.value != read.found || write.began > read.ended) return false;
    return write.outcome != Outcome::kOk || !overwritten(write.ended);
  });
}

void ClusterHistory::judge(bool weak_reads, ClusterCounts& counts) {
  for (const auto& [key, all] : keys_) {
    std::vector<HistoryEntry> judged;
    for (const HistoryEntry& entry : all) {
      const bool weak = weak_reads && entry.operation == RegisterOperation::kGet && entry.began < healed_at_;
      if (!weak) {
        judged.push_back(entry);
      } else if (entry.outcome == Outcome::kOk && !is_regular(all, entry)) {
        broken(fmt::format("{}: read what was overwritten, or never written: {}", key, to_string(entry)));
        bad_keys_.push_back(key);
      }
    }
    const Linearizable verdict = check_linearizable(judged, kStepsMax);
    if (verdict == Linearizable::kUndecided) ++counts.undecided;
    if (verdict != Linearizable::kNo) continue;
    broken(fmt::format("{}: no order of its operations explains the answers", key));
    bad_keys_.push_back(key);
  }
  for (const auto& [key, all] : keys_) {
    for (const HistoryEntry& entry : all) {
      ++counts.operations;
      const bool read = entry.operation == RegisterOperation::kGet;
      if (entry.outcome == Outcome::kOk) ++counts.ok;
      if (entry.outcome == Outcome::kConditionFalse) ++counts.condition_false;
      if (entry.outcome == Outcome::kNotApplied) ++(read ? counts.reads_refused : counts.not_applied);
      if (entry.outcome == Outcome::kUnknown || entry.outcome == Outcome::kPending) ++counts.unknown;
    }
  }
}

}  // namespace garage::sim
