// The classes of bytes that HTTP's grammar is made of.
#pragma once

#include <array>
#include <string_view>

namespace garage::http {

// tchar of RFC 9110: what methods and field names consist of.
inline constexpr std::array<bool, 256> kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

constexpr bool is_token_character(char c) {
  return kTokenCharacters[static_cast<unsigned char>(c)];
}

constexpr bool is_token(std::string_view text) {
  for (char c : text) {
    if (!is_token_character(c)) return false;
  }
  return !text.empty();
}

// Control bytes other than the tab. Written without a branch, so that the compiler can look at many bytes at once.
constexpr bool has_control_byte(std::string_view text) {
  bool found = false;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    found |= ((byte < 0x20) & (byte != '\t')) | (byte == 0x7f);
  }
  return found;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Equal but for the case of ASCII letters?
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

constexpr std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace garage::http
