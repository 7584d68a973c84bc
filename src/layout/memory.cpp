#include "layout/memory.hpp"

#include "layout/stages.hpp"

namespace garage::layout {
namespace {

bool keeps_data_in_settled(const History& history, const NodeId& node) {
  const KnownVersion* settled = history.find(history.settled);
  if (settled == nullptr) return false;
  const auto& partitions = settled->layout->assignment.partitions;
  const auto found = partitions.find(node);
  return found != partitions.end() && found->second > 0;
}

}  // namespace

bool took_part(const History& history, const NodeId& self) {
  return keeps_data_in_settled(history, self) || history.trackers.contains(self);
}

bool has_forgotten(const History& mine, const History& theirs, const NodeId& self) {
  if (mine.revoked.contains(self) || theirs.revoked.contains(self)) return false;
  const Tracker known = tracker_of(mine, self);
  if (const auto told = theirs.trackers.find(self); told != theirs.trackers.end()) {
    const Tracker& tracker = told->second;
    if (tracker.seen > known.seen || tracker.ack > known.ack || tracker.sync > known.sync ||
        tracker.sync_ack > known.sync_ack) {
      return true;
    }
  }
  // No version is settled that one of its nodes has not acknowledged.
  return theirs.settled > known.ack && keeps_data_in_settled(theirs, self);
}

}  // namespace garage::layout
