// Where new ords come from: the node's clock, what was seen, and a tie that nobody else ever draws.
//
// The tie is a 48-bit tag that this node draws at each start, and a 16-bit counter below it that carries into the tag
// when it is full. A tag kept over restarts would not do: a clock that was set back, or a key whose ord runs ahead of
// all clocks, could make the node repeat an ord it gave out before.
//
// Ownership: borrows the clock. Threads: any.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/ord.hpp"
#include "base/time.hpp"
#include "runtime/clock.hpp"
#include "runtime/random.hpp"

namespace garage::table {

class OrdSource {
 public:
  // Further ahead of the local clock than this an ord is refused, so that one broken clock cannot poison a key for
  // years.
  static constexpr uint64_t kFutureMaxMs = 10 * 60 * 1000;
  // What a replica already holds may be exceeded by this much all the same: a key that did get ahead of the clocks
  // stays writable.
  static constexpr uint64_t kHeldStepMs = 1000;

  OrdSource(runtime::Clock& clock, runtime::Random& random)
      : clock_(clock), next_tie_(random.next_u64() & ~uint64_t{0xffff}) {}

  // The clock and a fresh tie: good once nothing higher was seen, see above().
  Ord draw() { return {clock_.wall_now().unix_ms, next_tie_.fetch_add(1, std::memory_order_relaxed)}; }

  // `drawn`, moved above what was seen. Pure, so that a commit may use it.
  static Ord above(Ord drawn, Ord seen) {
    if (drawn.hybrid_ms <= seen.hybrid_ms) drawn.hybrid_ms = seen.hybrid_ms + 1;
    return drawn;
  }
  Ord next_above(Ord seen) { return above(draw(), seen); }

  // May a replica whose clock shows `now_ms` and which holds `held` (the higher of row and promise) accept this ord?
  // Pure.
  static bool acceptable(Ord ord, Ord held, uint64_t now_ms) {
    if (ord.hybrid_ms == UINT64_MAX) return false;  // nothing could follow it
    return ahead_by(ord, now_ms) <= kFutureMaxMs || ahead_by(ord, held.hybrid_ms) <= kHeldStepMs;
  }
  bool acceptable(Ord ord) const { return acceptable(ord, {}, now_ms()); }

  uint64_t now_ms() const { return clock_.wall_now().unix_ms; }

 private:
  static uint64_t ahead_by(Ord ord, uint64_t ms) { return ord.hybrid_ms > ms ? ord.hybrid_ms - ms : 0; }

  runtime::Clock& clock_;
  std::atomic<uint64_t> next_tie_;
};

}  // namespace garage::table
