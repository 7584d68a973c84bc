#include "cli/wording.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "codec/byte_size.hpp"

namespace garage::cli {

std::string abbreviated(const std::vector<std::string>& values) {
  if (values.empty()) return {};
  if (values.size() == 1) return values.front();
  return fmt::format("{}, ... ({})", values.front(), values.size());
}

std::string rights_text(const Json& permissions) {
  return fmt::format("{}{}{}", flag_of(permissions, "read") ? 'R' : ' ', flag_of(permissions, "write") ? 'W' : ' ',
                     flag_of(permissions, "owner") ? 'O' : ' ');
}

std::string tags_text(const std::vector<std::string>& tags) {
  return fmt::format("[{}]", fmt::join(tags, ","));
}

std::string share_text(uint64_t part_bytes, uint64_t whole_bytes) {
  const double percent =
      whole_bytes == 0 ? 0 : 100 * static_cast<double>(part_bytes) / static_cast<double>(whole_bytes);
  return fmt::format("{} ({:.1f}%)", codec::binary_size(part_bytes), percent);
}

namespace {

// "3 minutes"; empty below a second.
std::string rough_duration(uint64_t seconds) {
  static constexpr std::array<std::pair<uint64_t, std::string_view>, 4> kUnits = {
      {{86'400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
  for (const auto& [length, name] : kUnits) {
    if (seconds < length) continue;
    const uint64_t count = seconds / length;
    return fmt::format("{} {}{}", count, name, count == 1 ? "" : "s");
  }
  return {};
}

}  // namespace

std::string ago_text(uint64_t seconds) {
  const std::string duration = rough_duration(seconds);
  return duration.empty() ? "just now" : duration + " ago";
}

std::string in_text(uint64_t seconds) {
  const std::string duration = rough_duration(seconds);
  return duration.empty() ? "now" : "in " + duration;
}

}  // namespace garage::cli
