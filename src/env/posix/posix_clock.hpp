// The machine's clocks. The monotonic one is the one loops measure deadlines in.
#pragma once

#include "runtime/clock.hpp"

namespace garage::env::posix {

class PosixClock final : public runtime::Clock {
 public:
  WallTime wall_now() override;
  MonotonicTime monotonic_now() override;
};

}  // namespace garage::env::posix
