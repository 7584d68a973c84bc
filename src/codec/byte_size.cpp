#include "codec/byte_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/int128.hpp"

namespace garage::codec {
namespace {

using Wide = Uint128;

constexpr std::string_view kPrefixes = "kmgtpe";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The number of bytes in one of `unit`; nothing if there is no such unit.
std::optional<uint64_t> bytes_of_unit(std::string_view unit) {
  std::string name(unit);
  std::ranges::transform(name, name.begin(), lower);
  if (name == "b") return 1;
  if (name.empty()) return std::nullopt;
  const size_t power = kPrefixes.find(name[0]);
  if (power == std::string_view::npos) return std::nullopt;
  const std::string_view rest = std::string_view(name).substr(1);
  uint64_t base = 0;
  if (rest.empty() || rest == "b") base = 1000;
  if (rest == "i" || rest == "ib") base = 1024;
  if (base == 0) return std::nullopt;
  uint64_t bytes = 1;
  for (size_t i = 0; i <= power; ++i) bytes *= base;
  return bytes;
}

std::unexpected<Error> invalid(std::string_view text, std::string_view why) {
  return fail(ErrorKind::kInvalid, fmt::format("'{}' {}", text, why));
}

std::string with_unit(uint64_t bytes, uint64_t base, const std::array<std::string_view, 6>& units) {
  if (bytes < base) return fmt::format("{} B", bytes);
  Wide unit = base;
  for (size_t i = 0;; ++i, unit *= base) {
    const Wide tenths = (Wide{bytes} * 10 + unit / 2) / unit;
    // What would be rounded up to a whole next unit is written as one.
    if (tenths < base * 10 || i + 1 == units.size()) {
      return fmt::format("{}.{} {}", static_cast<uint64_t>(tenths / 10), static_cast<unsigned>(tenths % 10), units[i]);
    }
  }
}

}  // namespace

Result<uint64_t> parse_byte_size(std::string_view text) {
  size_t pos = 0;
  Wide whole = 0;
  while (pos < text.size() && is_digit(text[pos])) {
    whole = whole * 10 + static_cast<unsigned>(text[pos++] - '0');
    if (whole > UINT64_MAX) return invalid(text, "is too large");
  }
  const bool has_whole = pos > 0;
  Wide fraction = 0;
  Wide scale = 1;
  bool has_fraction = false;
  if (pos < text.size() && text[pos] == '.') {
    for (++pos; pos < text.size() && is_digit(text[pos]); ++pos) {
      has_fraction = true;
      if (scale >= Wide{1'000'000'000'000'000'000u}) continue;  // further digits are below a byte
      fraction = fraction * 10 + static_cast<unsigned>(text[pos] - '0');
      scale *= 10;
    }
    if (!has_fraction) return invalid(text, "has a point without digits behind it");
  }
  if (!has_whole && !has_fraction) return invalid(text, "does not begin with a number");
  while (pos < text.size() && text[pos] == ' ') ++pos;
  const std::string_view unit_text = text.substr(pos);
  if (unit_text.empty()) {
    if (has_fraction || text.back() == ' ') return invalid(text, "needs a unit, such as 1.5GiB");
    return static_cast<uint64_t>(whole);
  }
  const auto unit = bytes_of_unit(unit_text);
  if (!unit)
    return invalid(text,
                   "has an unknown unit: use B, K, M, G, T, P, E (powers of 1000) or Ki, Mi, Gi ... (powers of 1024)");
  const Wide bytes = whole * *unit + fraction * *unit / scale;
  if (bytes > UINT64_MAX) return invalid(text, "is too large");
  return static_cast<uint64_t>(bytes);
}

std::string binary_size(uint64_t bytes) {
  return with_unit(bytes, 1024, {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"});
}

std::string decimal_size(uint64_t bytes) {
  return with_unit(bytes, 1000, {"kB", "MB", "GB", "TB", "PB", "EB"});
}

std::string both_sizes(uint64_t bytes) {
  return fmt::format("{} ({})", decimal_size(bytes), binary_size(bytes));
}

}  // namespace garage::codec
