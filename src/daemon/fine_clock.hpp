// Wall time in nanoseconds, for spans. The clock of the wall counts milliseconds; between two looks at it the monotonic
// one goes on, and where the two have come apart, as when a machine is told the time long after its start, the wall
// counts.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/clock.hpp"

namespace garage::daemon {

class FineClock {
 public:
  explicit FineClock(runtime::Clock& clock) : clock_(clock), ahead_ns_(look()) {}

  uint64_t unix_ns() {
    constexpr int64_t kApartMax = 50'000'000;
    const int64_t looked = look();
    const int64_t kept = ahead_ns_.load(std::memory_order_relaxed);
    const bool apart = looked - kept > kApartMax || kept - looked > kApartMax;
    if (apart) ahead_ns_.store(looked, std::memory_order_relaxed);
    return static_cast<uint64_t>((apart ? looked : kept) + clock_.monotonic_now().since_start.count());
  }

 private:
  // By how much the wall is ahead of the monotonic clock now.
  int64_t look() const {
    return static_cast<int64_t>(clock_.wall_now().unix_ms) * 1'000'000 - clock_.monotonic_now().since_start.count();
  }

  runtime::Clock& clock_;
  std::atomic<int64_t> ahead_ns_;
};

}  // namespace garage::daemon
