#include "codec/duration_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/int128.hpp"

namespace garage::codec {
namespace {

using Wide = Uint128;

constexpr uint64_t kSecondUs = 1'000'000;
constexpr uint64_t kDayUs = 86'400 * kSecondUs;
constexpr Wide kLongestUs = Wide{1000} * 365 * kDayUs;

struct Unit {
  uint64_t microseconds;
  std::array<std::string_view, 4> names;
};
constexpr std::array<Unit, 9> kUnits = {{
    {1, {"us", "µs", "usec", ""}},
    {1000, {"ms", "msec", "", ""}},
    {kSecondUs, {"s", "sec", "second", "seconds"}},
    {60 * kSecondUs, {"m", "min", "minute", "minutes"}},
    {3600 * kSecondUs, {"h", "hr", "hour", "hours"}},
    {kDayUs, {"d", "day", "days", ""}},
    {7 * kDayUs, {"w", "week", "weeks", ""}},
    {kDayUs / 10'000 * 304'375, {"M", "month", "months", ""}},
    {kDayUs / 100 * 36'525, {"y", "year", "years", ""}},
}};

std::optional<uint64_t> microseconds_of(std::string_view unit) {
  for (const Unit& known : kUnits) {
    for (std::string_view name : known.names) {
      if (!name.empty() && name == unit) return known.microseconds;
    }
  }
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorKind::kInvalid, std::move(why));
}

// A decimal number, as value * 10^-digits.
struct Number {
  Wide value = 0;
  Wide scale = 1;
};

// Takes a number from the front of `text`.
Result<Number> take_number(std::string_view& text) {
  Number out;
  bool any = false;
  bool in_fraction = false;
  size_t pos = 0;
  for (; pos < text.size(); ++pos) {
    const char c = text[pos];
    if (c == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    if (in_fraction && out.scale >= 1'000'000'000) continue;  // further digits are below a microsecond of any sane unit
    out.value = out.value * 10 + static_cast<unsigned>(c - '0');
    if (in_fraction) out.scale *= 10;
    if (out.value > kLongestUs) return invalid("Number is too large");
  }
  if (!any) return invalid(fmt::format("Expected a number at '{}'", text));
  text.remove_prefix(pos);
  return out;
}

std::string_view take_word(std::string_view& text) {
  size_t pos = 0;
  while (pos < text.size() && !is_digit(text[pos]) && !is_blank(text[pos]) && text[pos] != '.' && text[pos] != '+' &&
         text[pos] != '-') {
    ++pos;
  }
  const std::string_view word = text.substr(0, pos);
  text.remove_prefix(pos);
  return word;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  skip_blanks(text);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return invalid("Duration is empty");
  Wide total_us = 0;
  bool first = true;
  while (!text.empty()) {
    if (text.front() == '-') return invalid("Number was negative");
    if (text.front() == '+') text.remove_prefix(1);
    TRY(const Number number, take_number(text));
    skip_blanks(text);
    const std::string_view unit = take_word(text);
    if (unit.empty() && !(first && text.empty())) return invalid("A number has no unit");
    const auto microseconds = unit.empty() ? std::optional(kSecondUs) : microseconds_of(unit);
    if (!microseconds) return invalid(fmt::format("Unknown unit '{}': use ms, s, m, h, d, w, M or y", unit));
    total_us += number.value * *microseconds / number.scale;
    if (total_us > kLongestUs) return invalid("Longer than a thousand years");
    skip_blanks(text);
    first = false;
  }
  return std::chrono::milliseconds(static_cast<int64_t>(total_us / 1000));
}

}  // namespace garage::codec
