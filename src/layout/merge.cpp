#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "layout/stages.hpp"

namespace garage::layout {
namespace {

using Trackers = std::map<NodeId, Tracker>;

void merge_tracker(Tracker& mine, const Tracker& theirs) {
  const auto seen_of = [](const Tracker& t) { return std::tie(t.seen, t.seen_turn, t.seen_hash); };
  if (seen_of(mine) < seen_of(theirs)) {
    mine.seen = theirs.seen;
    mine.seen_turn = theirs.seen_turn;
    mine.seen_hash = theirs.seen_hash;
  }
  mine.ack = std::max(mine.ack, theirs.ack);
  mine.sync = std::max(mine.sync, theirs.sync);
  mine.sync_ack = std::max(mine.sync_ack, theirs.sync_ack);
}

template <class Entry>
void keep_later(Entry& mine, const Entry& theirs) {
  // Two edits of one number were made at the same time on two nodes: any order will do, if it is the same everywhere.
  if (mine < theirs) mine = theirs;
}

void merge_staging(Staging& mine, const Staging& theirs) {
  if (mine.round != theirs.round) {
    if (mine.round < theirs.round) mine = theirs;
    return;
  }
  for (const auto& [node, staged] : theirs.roles) keep_later(mine.roles[node], staged);
  keep_later(mine.redundancy, theirs.redundancy);
}

bool has_role(const LayoutVersion& version, const NodeId& node, const std::optional<Role>& wanted) {
  const auto role = version.roles.find(node);
  return wanted ? role != version.roles.end() && role->second == *wanted : role == version.roles.end();
}

// What was staged here, is not staged in what came of it, and was not applied either: a version after the one it was
// staged for may have changed it again.
void report_dropped_roles(const History& before, const History& after, Merged& report) {
  const bool replaced = before.staging.round != after.staging.round;
  // Who takes back what is staged means all of it.
  if (replaced && before.newest() == after.newest()) return;
  // The version it would have come with is forgotten: nobody can tell. Of one that knew no version at all nobody heard.
  const bool was_behind = before.newest() > 0 && after.newest() > before.newest();
  if (replaced && was_behind && after.find(before.newest() + 1) == nullptr) return;
  const auto first = after.versions.lower_bound(std::min(before.newest(), after.newest()));
  for (const auto& [node, staged] : before.staging.roles) {
    const auto kept = after.staging.roles.find(node);
    const bool lost =
        replaced || (kept != after.staging.roles.end() && kept->second.clock == staged.clock && kept->second != staged);
    if (!staged.changes || !lost) continue;
    const bool was_applied = std::any_of(first, after.versions.end(), [&](const auto& entry) {
      return has_role(*entry.second.layout, node, staged.role);
    });
    if (!was_applied) report.dropped_roles[node] = staged.role;
  }
}

// The first number of which the two have different versions.
std::optional<uint64_t> fork_of(const History& a, const History& b) {
  for (const auto& [number, known] : a.versions) {
    const KnownVersion* other = b.find(number);
    if (other && other->hash != known.hash) return number;
  }
  return std::nullopt;
}

// Has a node acknowledged a version that only `history` has? Its hash stays in the tracker until the version is
// settled.
bool is_acknowledged(const History& history, uint64_t fork, const Trackers& trackers) {
  return std::ranges::any_of(trackers, [&](const auto& entry) {
    const Tracker& tracker = entry.second;
    const KnownVersion* known = history.find(tracker.seen);
    return tracker.ack == tracker.seen && tracker.seen >= fork && known && known->hash == tracker.seen_hash;
  });
}

std::unexpected<Error> separate(const std::string& what) {
  return fail(ErrorKind::kConflict,
              fmt::format("{}: their layouts cannot become one. Keep the one whose data is wanted; on the other node, "
                          "empty the metadata and data directories",
                          what));
}

// Which of two histories that parted at `fork` goes on.
Result<bool> first_goes_on(const History& a, const History& b, uint64_t fork, const Trackers& trackers) {
  const bool a_settled = a.settled >= fork, b_settled = b.settled >= fork;
  if (a_settled && b_settled) {
    return separate(fmt::format("Version {} of the cluster layout was settled differently on two nodes", fork));
  }
  if (a_settled || b_settled) return a_settled;
  const bool a_acknowledged = is_acknowledged(a, fork, trackers), b_acknowledged = is_acknowledged(b, fork, trackers);
  if (a_acknowledged != b_acknowledged) return a_acknowledged;
  return a.find(fork)->hash < b.find(fork)->hash;
}

Result<void> check_same_cluster(const History& mine, const History& theirs) {
  if (mine.replication_factor != theirs.replication_factor) {
    return fail(ErrorKind::kInvalid, fmt::format("The cluster layout of a peer has replication factor {}, this node {}",
                                                 theirs.replication_factor, mine.replication_factor));
  }
  if (!mine.origin.is_zero() && !theirs.origin.is_zero() && mine.origin != theirs.origin)
    return separate("The two nodes belong to different clusters");
  return {};
}

// The versions of both, as far down as they fit together.
void extend_down(std::map<uint64_t, KnownVersion>& versions, const History& other) {
  while (!versions.empty()) {
    const auto& [number, lowest] = *versions.begin();
    const KnownVersion* below = number > 1 ? other.find(number - 1) : nullptr;
    if (!below || below->hash != lowest.layout->predecessor) return;
    versions[number - 1] = *below;
  }
}

}  // namespace

Result<Merged> merge(History& mine, const History& theirs) {
  CHECK_OK(check_same_cluster(mine, theirs));
  History out = mine;
  for (const auto& [node, tracker] : theirs.trackers) merge_tracker(out.trackers[node], tracker);

  Merged report;
  const auto fork = fork_of(mine, theirs);
  bool mine_goes_on = mine.newest() >= theirs.newest();
  if (fork) {
    TRY(mine_goes_on, first_goes_on(mine, theirs, *fork, out.trackers));
    const LayoutHash ours = mine.find(*fork)->hash, other = theirs.find(*fork)->hash;
    report.dropped.push_back({*fork, mine_goes_on ? ours : other, mine_goes_on ? other : ours});
  }
  out.versions = mine_goes_on ? mine.versions : theirs.versions;
  extend_down(out.versions, mine_goes_on ? theirs : mine);
  out.settled = std::max(mine.settled, theirs.settled);
  if (out.origin.is_zero()) out.origin = theirs.origin;
  merge_staging(out.staging, theirs.staging);
  for (const auto& [node, settled] : theirs.revoked) {
    uint64_t& mine_settled = out.revoked[node];
    mine_settled = std::max(mine_settled, settled);
  }
  out.loss_accepted = std::max(out.loss_accepted, theirs.loss_accepted);
  if (out.trackers.size() > kTrackersMax || out.revoked.size() > kRevokedMax ||
      out.staging.roles.size() > kTrackersMax) {
    return fail(ErrorKind::kInvalid, "The cluster layout of a peer speaks of too many nodes");
  }
  settle(out);
  report.changed = !(out == mine);
  report_dropped_roles(mine, out, report);
  mine = std::move(out);
  return report;
}

}  // namespace garage::layout
