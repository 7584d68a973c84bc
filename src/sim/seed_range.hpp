// "A..B" on the command line of a deep run.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace garage::sim {

struct SeedRange {
  uint64_t first = 1;
  uint64_t last = 1;  // with it
};

std::optional<SeedRange> parse_seed_range(std::string_view text);

}  // namespace garage::sim
