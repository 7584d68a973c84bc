// Takes from a number that others may set anew at the same time, and never goes below zero.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace garage::block {

inline void count_down(std::atomic<uint64_t>& count, uint64_t by = 1) {
  for (uint64_t seen = count; !count.compare_exchange_weak(seen, seen - std::min(seen, by));) {
  }
}

}  // namespace garage::block
