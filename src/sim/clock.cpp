#include "sim/clock.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/int128.hpp"

namespace garage::sim {
namespace {

constexpr int64_t kMillion = 1'000'000;
using Wide = Int128;

}  // namespace

SimClock::SimClock(const Scheduler& scheduler, Duration monotonic_start)
    : scheduler_(scheduler),
      base_world_(scheduler.now()),
      base_monotonic_(monotonic_start),
      base_wall_ms_(static_cast<int64_t>(kWorldStart.unix_ms) + scheduler.now() / 1ms) {}

Duration SimClock::local_elapsed() const {
  const Wide world = (scheduler_.now() - base_world_).count();
  return Duration(static_cast<int64_t>(world * (kMillion + drift_ppm_) / kMillion));
}

WallTime SimClock::wall_now() {
  const int64_t elapsed_ms = frozen_ ? 0 : (base_wall_rest_ + local_elapsed()) / 1ms;
  return {static_cast<uint64_t>(std::max<int64_t>(0, base_wall_ms_ + elapsed_ms))};
}

MonotonicTime SimClock::monotonic_now() {
  return {base_monotonic_ + local_elapsed()};
}

void SimClock::rebase() {
  const Duration elapsed = local_elapsed();
  base_world_ = scheduler_.now();
  base_monotonic_ += elapsed;
  if (frozen_) return;
  const Duration wall = base_wall_rest_ + elapsed;
  base_wall_ms_ += wall / 1ms;
  base_wall_rest_ = wall % 1ms;
}

void SimClock::set_wall_offset(Duration offset) {
  rebase();
  base_wall_ms_ = static_cast<int64_t>(kWorldStart.unix_ms) + (scheduler_.now() + offset) / 1ms;
  base_wall_rest_ = Duration(0);
}

void SimClock::jump_wall(Duration by) {
  rebase();
  base_wall_ms_ += by / 1ms;
}

void SimClock::freeze_wall(bool frozen) {
  rebase();
  frozen_ = frozen;
}

void SimClock::set_drift_ppm(int64_t ppm) {
  ASSERT(ppm >= -kMillion / 2 && ppm <= kMillion, "a clock goes forward, at most twice or half as fast");
  rebase();
  drift_ppm_ = ppm;
}

Duration SimClock::world_duration(Duration local) const {
  if (local <= Duration(0)) return Duration(0);
  const Wide rate = kMillion + drift_ppm_;
  const Wide world = (Wide(local.count()) * kMillion + rate - 1) / rate;
  return Duration(static_cast<int64_t>(std::min<Wide>(world, Duration::max().count() / 2)));
}

}  // namespace garage::sim
