// The one order of all changes: hybrid time first, then a unique tie. Wall clocks only feed it.
#pragma once

#include <compare>
#include <cstdint>

namespace garage {

struct Ord {
  uint64_t hybrid_ms = 0;  // max(wall clock, everything seen + 1)
  uint64_t tie = 0;        // 48-bit tag of the coordinating node, then a 16-bit counter
  friend auto operator<=>(const Ord&, const Ord&) = default;
  bool is_zero() const { return hybrid_ms == 0 && tie == 0; }
  static constexpr Ord highest() { return {UINT64_MAX, UINT64_MAX}; }
};

}  // namespace garage
