// Points in time and durations as types. Two kinds of clock, never mixed: WallTime may jump and is only for people,
// expiry and the hybrid order; MonotonicTime is for waiting.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace garage {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct WallTime {
  uint64_t unix_ms = 0;
  friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

// Since an arbitrary start of this process or machine.
struct MonotonicTime {
  Duration since_start{0};
  friend auto operator<=>(const MonotonicTime&, const MonotonicTime&) = default;
  MonotonicTime operator+(Duration d) const { return {since_start + d}; }
  Duration operator-(MonotonicTime other) const { return since_start - other.since_start; }
  static constexpr MonotonicTime never() { return {Duration::max()}; }
};

}  // namespace garage
