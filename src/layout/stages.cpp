#include "layout/stages.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "layout/in_effect.hpp"

namespace garage::layout {
namespace {

const Assignment& assignment_of(const KnownVersion* version) {
  static const Assignment nothing;
  return version ? version->layout->assignment : nothing;
}

// The step from the settled version to the next one.
class Change {
 public:
  explicit Change(const History& history)
      : history_(history),
        to_(history.find(history.settled + 1)),
        in_effect_(some_stay(history, history.settled) ? assignment_in_effect(history, history.settled) : Assignment()),
        old_(in_effect_.places.empty() ? assignment_of(history.find(history.settled)) : in_effect_),
        new_(assignment_of(to_)) {}
  Change(const Change&) = delete;

  bool exists() const { return to_ != nullptr; }
  const KnownVersion& to() const { return *to_; }
  uint64_t number() const { return history_.settled + 1; }

  bool is_involved(const NodeId& node) const { return stores(old_, node) || stores(new_, node); }
  std::vector<NodeId> involved() const {
    std::set<NodeId> out;
    for (const Assignment* assignment : {&old_, &new_}) {
      for (const NodeId& node : assignment->nodes) {
        if (stores(*assignment, node)) out.insert(node);
      }
    }
    return {out.begin(), out.end()};
  }

  // Nothing moves, so nobody can miss anybody.
  bool is_trivial() const {
    if (old_.places.empty()) return true;
    if (old_.partition_count() != new_.partition_count() || old_.copies != new_.copies) return false;
    for (uint32_t partition = 0; partition < old_.partition_count(); ++partition) {
      auto before = old_.replicas_of(partition), after = new_.replicas_of(partition);
      std::ranges::sort(before);
      std::ranges::sort(after);
      if (before != after) return false;
    }
    return true;
  }

  bool has_done(const NodeId& node, Step step) const {
    const auto it = history_.trackers.find(node);
    if (it == history_.trackers.end()) return false;
    const Tracker& tracker = it->second;
    switch (step) {
      case Step::kSee:
        return tracker.ack >= number() || (tracker.seen == number() && tracker.seen_hash == to_->hash);
      case Step::kAcknowledge:
        return tracker.ack >= number();
      case Step::kHandOver:
        return tracker.ack >= number() && (tracker.sync >= number() || !stores(old_, node));
      case Step::kReadNew:
        return tracker.sync_ack >= number();
    }
    return false;
  }

  Waiting wait_of(Step step) const {
    Waiting out{.version = number(), .step = step, .nodes = {}};
    for (const NodeId& node : involved()) {
      if (!has_done(node, step) && !history_.revoked.contains(node)) out.nodes.push_back(node);
    }
    // Rows reach a quorum of the new nodes by the settle rounds themselves, whoever of them is gone.
    const bool new_counts = step != Step::kHandOver;
    const auto counts = [&](const NodeId& node) { return has_done(node, step); };
    const bool enough = enough_in(old_, counts) && (!new_counts || enough_in(new_, counts));
    out.too_many_revoked = out.nodes.empty() && !enough && history_.loss_accepted < number();
    return out;
  }

  // If all came along that still can: would there be enough?
  bool can_end() const {
    if (history_.loss_accepted >= number()) return true;
    return std::ranges::all_of(gates(), [this](const Gate& gate) {
      const auto counts = [&](const NodeId& node) {
        return has_done(node, gate.step) || !history_.revoked.contains(node);
      };
      return enough_in(old_, counts) && (gate.step == Step::kHandOver || enough_in(new_, counts));
    });
  }

  // The steps after which the stages begin, in order, and the stage.
  struct Gate {
    Step step;
    uint64_t stage;
  };
  std::vector<Gate> gates() const {
    const uint64_t first = first_stage(history_.settled);
    if (is_trivial()) return {{Step::kSee, first + 1}, {Step::kAcknowledge, first + 3}};
    return {{Step::kSee, first + 1}, {Step::kHandOver, first + 2}, {Step::kReadNew, first + 3}};
  }

 private:
  static bool stores(const Assignment& assignment, const NodeId& node) {
    const auto it = assignment.partitions.find(node);
    return it != assignment.partitions.end() && it->second > 0;
  }

  // In each set of replicas, as many as make any quorum of it contain one of them.
  template <class Counts>
  static bool enough_in(const Assignment& assignment, Counts counts) {
    std::vector<char> done;
    for (const NodeId& node : assignment.nodes) done.push_back(counts(node));
    const uint32_t needed = assignment.copies - (assignment.copies / 2 + 1) + 1;
    for (uint32_t partition = 0; partition < assignment.partition_count(); ++partition) {
      uint32_t count = 0;
      for (uint32_t i = 0; i < assignment.copies; ++i)
        count += done[assignment.places[partition * assignment.copies + i]] ? 1 : 0;
      if (count < needed) return false;
    }
    return true;
  }

  const History& history_;
  const KnownVersion* to_;
  const Assignment in_effect_;  // empty: what the settled version says
  const Assignment& old_;
  const Assignment& new_;
};

bool is_passed(const Waiting& waiting) {
  return waiting.nodes.empty() && !waiting.too_many_revoked;
}

uint64_t enterable_stage_of(const Change& change, uint64_t settled) {
  uint64_t stage = first_stage(settled);
  if (!change.exists()) return stage;
  for (const auto& gate : change.gates()) {
    if (!is_passed(change.wait_of(gate.step))) break;
    stage = gate.stage;
  }
  return stage;
}

// True if the tracker of a node that takes part moved.
bool move_tracker(Tracker& tracker, const Change& change, uint64_t settled, Progress& progress) {
  const Tracker before = tracker;
  const uint64_t first = first_stage(settled), next = change.number();
  if (progress.fenced_stage < first) return false;
  const bool frozen = tracker.ack >= next;
  if (!frozen && (tracker.seen != next || tracker.seen_hash != change.to().hash)) {
    tracker.seen_turn = tracker.seen == next ? tracker.seen_turn + 1 : 0;
    tracker.seen = next;
    tracker.seen_hash = change.to().hash;
    return true;  // the others count it from the next look on
  }
  const uint64_t stage = enterable_stage_of(change, settled);
  const bool trivial = change.is_trivial();
  if (stage >= first + 1 && (trivial || progress.fenced_stage >= first + 1)) tracker.ack = std::max(tracker.ack, next);
  // Not before it is acknowledged: until then another version of this number may take its place.
  if (trivial && tracker.ack >= next) progress.fenced_stage = std::max(progress.fenced_stage, first + 3);
  if (tracker.ack >= next && progress.handed_over >= next) tracker.sync = std::max(tracker.sync, next);
  if (stage >= first + 2 && progress.fenced_stage >= first + 2) tracker.sync_ack = std::max(tracker.sync_ack, next);
  return tracker != before;
}

}  // namespace

std::string_view to_string(Step step) {
  switch (step) {
    case Step::kSee:
      return "see it";
    case Step::kAcknowledge:
      return "acknowledge it";
    case Step::kHandOver:
      return "hand over";
    case Step::kReadNew:
      return "read from it";
  }
  return "";
}

uint64_t enterable_stage(const History& history) {
  return enterable_stage_of(Change(history), history.settled);
}

void settle(History& history) {
  while (enterable_stage(history) >= first_stage(history.settled + 1)) {
    ++history.settled;
    if (history.origin.is_zero()) history.origin = history.find(history.settled)->hash;
  }
  const uint64_t settled = history.settled;
  std::erase_if(history.versions, [&](const auto& entry) { return entry.first + kVersionsKept < settled; });
  for (auto& [node, tracker] : history.trackers) {
    if (tracker.seen <= settled) tracker.seen = tracker.seen_turn = 0, tracker.seen_hash = {};
    for (uint64_t* number : {&tracker.ack, &tracker.sync, &tracker.sync_ack}) {
      if (*number <= settled) *number = 0;
    }
  }
  std::erase_if(history.trackers, [](const auto& entry) { return entry.second == Tracker(); });
  if (history.loss_accepted <= settled) history.loss_accepted = 0;
}

bool announce(History& history, const NodeId& self, Progress& progress) {
  bool changed = false;
  while (true) {
    const Change change(history);
    if (!change.exists() || !change.is_involved(self) || history.revoked.contains(self)) break;
    const auto it = history.trackers.find(self);
    Tracker tracker = it == history.trackers.end() ? Tracker() : it->second;
    if (!move_tracker(tracker, change, history.settled, progress)) break;
    history.trackers[self] = tracker;
    changed = true;
    settle(history);
  }
  return changed;
}

std::optional<Waiting> waiting_for(const History& history) {
  const Change change(history);
  if (!change.exists()) return std::nullopt;
  for (const auto& gate : change.gates()) {
    // Handing over comes after acknowledging; say first who has not done that.
    if (gate.step == Step::kHandOver) {
      if (auto waiting = change.wait_of(Step::kAcknowledge); !waiting.nodes.empty()) return waiting;
    }
    if (auto waiting = change.wait_of(gate.step); !is_passed(waiting)) return waiting;
  }
  return std::nullopt;
}

bool is_stopped_by_revocation(const History& history) {
  const Change change(history);
  return change.exists() && !change.can_end();
}

std::vector<NodeId> involved_nodes(const History& history) {
  const Change change(history);
  return change.involved();
}

Tracker tracker_of(const History& history, const NodeId& node) {
  const auto it = history.trackers.find(node);
  Tracker out = it == history.trackers.end() ? Tracker() : it->second;
  for (uint64_t* number : {&out.seen, &out.ack, &out.sync, &out.sync_ack}) *number = std::max(*number, history.settled);
  return out;
}

}  // namespace garage::layout
