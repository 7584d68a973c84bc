// Randomness as a dependency: the operating system's in the real world, seeded in the simulator. Fit for keys and
// identities.
#pragma once

#include <cstdint>
#include <span>

#include "base/fixed_bytes.hpp"
#include "base/int128.hpp"

namespace garage::runtime {

// Threads: any.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<unsigned char> out) = 0;

  uint64_t next_u64() {
    std::array<unsigned char, 8> raw;
    fill(raw);
    uint64_t value;
    std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  // Uniform in [0, bound); bound > 0. Our own arithmetic, so that every build draws alike.
  uint64_t below(uint64_t bound) { return static_cast<uint64_t>((Uint128{next_u64()} * bound) >> 64); }
  template <class Id>
  Id id() {
    Id out;
    fill(out.bytes);
    return out;
  }
};

}  // namespace garage::runtime
