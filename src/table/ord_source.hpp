// Where new ords come from: a clock, what was seen, and a tie that nobody else ever draws.
//
// The clock is to be that of the cluster (cluster::ClusterClock in a program): by it ords are drawn here, and those of
// others are judged, so that a replica does not take from its own node what all others refuse. It may be set back: by
// up to kHeldBackMs what is drawn stands still until the clock has caught up.
//
// The tie is a 48-bit tag that this node draws at each start, and a 16-bit counter below it that carries into the tag
// when it is full. A tag kept over restarts would not do: a clock that was set back, or a key whose ord runs ahead of
// all clocks, could make the node repeat an ord it gave out before.
//
// Ownership: borrows the clock. Threads: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/ord.hpp"
#include "base/time.hpp"
#include "runtime/clock.hpp"
#include "runtime/random.hpp"

namespace garage::table {

// What a program knows of its clock. Empty functions: it is right.
struct OrdTime {
  // No, as long as the clock has not been compared with those of other nodes.
  std::function<bool()> is_known = {};
  // Of clocks that disagree the later: by it the ords of others are judged, so that an undecided time refuses nobody.
  std::function<uint64_t()> latest_ms = {};
};

class OrdSource {
 public:
  // Further ahead of the local clock than this an ord is refused, so that one broken clock cannot poison a key for
  // years.
  static constexpr uint64_t kFutureMaxMs = 10 * 60 * 1000;
  // What a replica already holds may be exceeded by this much all the same: a key that did get ahead of the clocks
  // stays writable.
  static constexpr uint64_t kHeldStepMs = 1000;
  static constexpr uint64_t kHeldBackMs = 5 * 60 * 1000;

  OrdSource(runtime::Clock& clock, runtime::Random& random, OrdTime time = {})
      : clock_(clock), time_(std::move(time)), next_tie_(random.next_u64() & ~uint64_t{0xffff}) {}

  // The clock and a fresh tie: good once nothing higher was seen, see above().
  Ord draw() { return {steady_ms(), next_tie_.fetch_add(1, std::memory_order_relaxed)}; }

  // `drawn`, moved above what was seen. Pure, so that a commit may use it.
  static Ord above(Ord drawn, Ord seen) {
    if (drawn.hybrid_ms <= seen.hybrid_ms) drawn.hybrid_ms = seen.hybrid_ms + 1;
    return drawn;
  }
  Ord next_above(Ord seen) { return above(draw(), seen); }

  // May a replica whose clock shows `now_ms` accept this ord, where `held` (the higher of row and promise) is held by
  // it or by another replica of the row? Pure.
  static bool acceptable(Ord ord, Ord held, uint64_t now_ms) {
    if (ord.hybrid_ms == UINT64_MAX) return false;  // nothing could follow it
    return ahead_by(ord, now_ms) <= kFutureMaxMs || ahead_by(ord, held.hybrid_ms) <= kHeldStepMs;
  }
  bool acceptable(Ord ord) const { return acceptable(ord, {}, latest_ms()); }

  uint64_t now_ms() const { return clock_.wall_now().unix_ms; }
  // Before it does, nothing may be drawn for other replicas than this node.
  bool knows_time() const { return !time_.is_known || time_.is_known(); }
  uint64_t latest_ms() const { return time_.latest_ms ? time_.latest_ms() : now_ms(); }

 private:
  static uint64_t ahead_by(Ord ord, uint64_t ms) { return ord.hybrid_ms > ms ? ord.hybrid_ms - ms : 0; }

  uint64_t steady_ms() {
    const uint64_t now = now_ms();
    uint64_t last = last_ms_.load(std::memory_order_relaxed);
    do {
      if (now <= last && last - now <= kHeldBackMs) return last;
    } while (!last_ms_.compare_exchange_weak(last, now, std::memory_order_relaxed));
    return now;
  }

  runtime::Clock& clock_;
  const OrdTime time_;
  std::atomic<uint64_t> last_ms_ = 0;
  std::atomic<uint64_t> next_tie_;
};

}  // namespace garage::table
