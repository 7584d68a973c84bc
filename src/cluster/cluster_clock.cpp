#include "cluster/cluster_clock.hpp"

#include <algorithm>
#include <cstdlib>

namespace garage::cluster {
namespace {

bool is_near(int64_t one_ms, int64_t other_ms) {
  return std::abs(one_ms - other_ms) <= ClusterClock::kOwnTrustedMs;
}

}  // namespace

WallTime ClusterClock::wall_now() {
  const WallTime own = own_.wall_now();
  const int64_t agreed = agreed_.load(std::memory_order_relaxed);
  if (agreed == kNothing) return own;
  const int64_t time_ms = std::max<int64_t>(0, agreed + monotonic_ms());
  if (is_near(static_cast<int64_t>(own.unix_ms), time_ms)) return own;
  return {static_cast<uint64_t>(time_ms)};
}

WallTime ClusterClock::signing_now() {
  return others_rule_.load(std::memory_order_relaxed) ? wall_now() : own_.wall_now();
}

WallTime ClusterClock::ending_now() {
  if (others_rule_.load(std::memory_order_relaxed)) return wall_now();
  const WallTime own = own_.wall_now();
  const int64_t agreed = agreed_.load(std::memory_order_relaxed);
  if (agreed == kNothing) return own;
  return {std::max(own.unix_ms, static_cast<uint64_t>(std::max<int64_t>(0, agreed + monotonic_ms())))};
}

void ClusterClock::hear(std::vector<int64_t> others) {
  if (others.empty()) return forget();
  const std::vector<int64_t> heard = others;
  others.push_back(own_distance());
  std::ranges::sort(others);
  const int64_t earlier = others[(others.size() - 1) / 2], later = others[others.size() / 2];
  const int64_t before = agreed_.load(std::memory_order_relaxed);
  const int64_t agreed = before == kNothing ? earlier : std::clamp(before, earlier, later);
  const auto agreeing = std::ranges::count_if(heard, [agreed](int64_t one) { return is_near(one, agreed); });
  others_rule_.store(2 * static_cast<size_t>(agreeing) > others.size(), std::memory_order_relaxed);
  agreed_.store(agreed, std::memory_order_relaxed);
  latest_.store(later, std::memory_order_relaxed);
  has_heard_.store(true, std::memory_order_relaxed);
}

void ClusterClock::forget() {
  others_rule_.store(false, std::memory_order_relaxed);
  agreed_.store(kNothing, std::memory_order_relaxed);
  latest_.store(kNothing, std::memory_order_relaxed);
}

uint64_t ClusterClock::latest_ms() {
  const uint64_t shown = wall_now().unix_ms;
  const int64_t latest = latest_.load(std::memory_order_relaxed);
  if (latest == kNothing) return shown;
  return std::max(shown, static_cast<uint64_t>(std::max<int64_t>(0, latest + monotonic_ms())));
}

int64_t ClusterClock::offset_ms() {
  const int64_t agreed = agreed_.load(std::memory_order_relaxed);
  return agreed == kNothing ? 0 : agreed - own_distance();
}

}  // namespace garage::cluster
