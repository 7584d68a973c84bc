// XXH3: a fast hash for placement and change detection among friends. Not for content that an enemy chooses.
#pragma once

#include <cstdint>
#include <string_view>

namespace garage::crypto {

struct Xxh128 {
  uint64_t hi = 0;
  uint64_t lo = 0;
  friend bool operator==(const Xxh128&, const Xxh128&) = default;
};

uint64_t xxh3_64(std::string_view bytes, uint64_t seed = 0);
Xxh128 xxh3_128(std::string_view bytes, uint64_t seed = 0);

}  // namespace garage::crypto
