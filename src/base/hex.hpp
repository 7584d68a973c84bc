// Lower-case hexadecimal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace garage {

// Of either case; -1 for another character.
constexpr int hex_digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string to_hex(std::string_view bytes);
// Accepts both cases; nothing for an odd length or another character.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace garage
