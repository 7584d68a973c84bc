// Time as a dependency. Everything above env asks a Clock; each simulated node has its own, skewed one.
#pragma once

#include "base/time.hpp"

namespace garage::runtime {

// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() = 0;
  virtual MonotonicTime monotonic_now() = 0;
};

}  // namespace garage::runtime
