#include "env/posix/posix_clock.hpp"

#include <chrono>

namespace garage::env::posix {

WallTime PosixClock::wall_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  return {ms > 0 ? static_cast<uint64_t>(ms) : 0};
}

MonotonicTime PosixClock::monotonic_now() {
  return {std::chrono::steady_clock::now().time_since_epoch()};
}

}  // namespace garage::env::posix
