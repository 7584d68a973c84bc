// The clocks of one simulated node: wall time that may be off, drift, jump and freeze; monotonic time that drifts with
// it but never jumps, and starts at a different point on every node, so that comparing two nodes' monotonic times shows
// up as a bug.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "runtime/clock.hpp"
#include "sim/scheduler.hpp"

namespace garage::sim {

// What a clock without offset shows when the world begins: 2026-01-01T00:00:00Z.
inline constexpr WallTime kWorldStart{1'767'225'600'000};

class SimClock final : public runtime::Clock {
 public:
  // Borrows the scheduler. `monotonic_start` is what the monotonic clock shows at the beginning.
  SimClock(const Scheduler& scheduler, Duration monotonic_start);

  WallTime wall_now() override;
  MonotonicTime monotonic_now() override;

  // Off by `offset` from the world, now and (drift apart) later; replaces the earlier offset.
  void set_wall_offset(Duration offset);
  void jump_wall(Duration by);
  // A frozen wall clock shows the same time until it is released; then it goes on from there.
  void freeze_wall(bool frozen);
  // Parts per million that both clocks run fast (or slow, if negative). Between -500'000 and 1'000'000.
  void set_drift_ppm(int64_t ppm);

  // How long this clock's `local` takes in the world, rounded up; saturates.
  Duration world_duration(Duration local) const;

 private:
  Duration local_elapsed() const;
  void rebase();

  const Scheduler& scheduler_;
  int64_t drift_ppm_ = 0;
  bool frozen_ = false;
  Duration base_world_;      // since then the drift is what it is,
  Duration base_monotonic_;  // and this is what the clocks showed
  int64_t base_wall_ms_;
  Duration base_wall_rest_{0};  // below a millisecond
};

}  // namespace garage::sim
