#include "sim/seed_range.hpp"

#include <cstdlib>
#include <string>

namespace garage::sim {

std::optional<SeedRange> parse_seed_range(std::string_view text) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  return SeedRange{std::strtoull(std::string(text.substr(0, dots)).c_str(), nullptr, 10),
                   std::strtoull(std::string(text.substr(dots + 2)).c_str(), nullptr, 10)};
}

}  // namespace garage::sim
