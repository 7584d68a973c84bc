// The wall clock that a node works by: its own, unless that is far from what the cluster has agreed on.
//
// Stamps of rows, leases and ages feed on it, so one node's broken clock must not reach them. Every node keeps the
// median of all clocks it has heard, its own among them, as a distance from its monotonic clock. So a step of a wall
// clock, this node's or another's, changes one vote and not the time; it is followed once most clocks say the same.
// Where as many say one thing as another, what was agreed before stands; at the very first time the earlier one does,
// since a stamp of the past hurts nobody. docs/decisions/time-of-the-cluster.md.
//
// Ownership: borrows the node's own clock. Threads: any; hear() on one.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "runtime/clock.hpp"

namespace garage::cluster {

class ClusterClock final : public runtime::Clock {
 public:
  // A node so near to the others follows its own clock. Less than half of what replicas accept from the future, so that
  // of two nodes that both follow their own none takes the other's for broken.
  static constexpr int64_t kOwnTrustedMs = 4 * 60 * 1000;

  explicit ClusterClock(runtime::Clock& own) : own_(own) {}

  // Its own, where no others are heard: a node alone follows its clock wherever it goes.
  WallTime wall_now() override;
  MonotonicTime monotonic_now() override { return own_.monotonic_now(); }

  // How far from this node's monotonic clock the wall clocks of the others are, see distance(). None: it is alone
  // (again), and what was agreed is forgotten.
  void hear(std::vector<int64_t> others);
  // Has any other clock been heard since the start?
  bool has_heard() const { return has_heard_.load(std::memory_order_relaxed); }
  // The later of what is shown and of what the later half of the clocks says.
  uint64_t latest_ms();
  // How far the time of the cluster is ahead of this node's own clock; zero for a node alone.
  int64_t offset_ms();

  // Is what a client signed fresh? By this node's own clock, as if it were alone, unless most of all clocks are others
  // that agree against it: the earlier one of two, or whoever spoke first, must not make old signatures good.
  WallTime signing_now();
  // Has what was given for a time ended? By the later of its own clock and the time of the cluster, with the same
  // exception.
  WallTime ending_now();

  // What this node's own clock shows: its vote, which others are told.
  WallTime own_now() { return own_.wall_now(); }
  // Of a wall clock that shows `wall_ms` now, and of this node's own, from its monotonic clock.
  int64_t distance(uint64_t wall_ms) { return static_cast<int64_t>(wall_ms) - monotonic_ms(); }
  int64_t own_distance() { return distance(own_.wall_now().unix_ms); }

 private:
  void forget();

  static constexpr int64_t kNothing = std::numeric_limits<int64_t>::min();
  int64_t monotonic_ms() { return own_.monotonic_now().since_start / std::chrono::milliseconds(1); }

  runtime::Clock& own_;
  std::atomic<int64_t> agreed_ = kNothing;  // from the monotonic clock
  std::atomic<int64_t> latest_ = kNothing;  // the same, where the number of clocks is even
  std::atomic<bool> others_rule_ = false;   // others that agree are more than half of all clocks
  std::atomic<bool> has_heard_ = false;
};

// Clocks that show but one of the two, for whoever judges what clients show.
class SigningClock final : public runtime::Clock {
 public:
  explicit SigningClock(ClusterClock& clock) : clock_(clock) {}
  WallTime wall_now() override { return clock_.signing_now(); }
  MonotonicTime monotonic_now() override { return clock_.monotonic_now(); }

 private:
  ClusterClock& clock_;
};

class EndingClock final : public runtime::Clock {
 public:
  explicit EndingClock(ClusterClock& clock) : clock_(clock) {}
  WallTime wall_now() override { return clock_.ending_now(); }
  MonotonicTime monotonic_now() override { return clock_.monotonic_now(); }

 private:
  ClusterClock& clock_;
};

}  // namespace garage::cluster
