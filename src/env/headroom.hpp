// What uploads leave free on a disk, so that one that is full of them can still be emptied: deleting writes too.
#pragma once

#include <algorithm>
#include <cstdint>

#include "env/disk.hpp"

namespace garage::env {

// 1 %, but 64 MiB at least and 256 MiB at most, and of a small disk a sixteenth.
constexpr uint64_t headroom_bytes(const Space& space) {
  constexpr uint64_t kLeast = 64u << 20, kMost = 256u << 20;
  return std::min(std::clamp(space.total_bytes / 100, kLeast, kMost), space.total_bytes / 16);
}

// With so little left it is looked at each time, otherwise once a second: nobody fills more than this in one.
constexpr uint64_t kNearlyFullBytes = 1u << 30;

}  // namespace garage::env
