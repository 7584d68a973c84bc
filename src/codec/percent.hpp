// Percent-encoding as AWS signatures and listings want it: A-Z a-z 0-9 - . _ ~ stay, everything else becomes %XX in
// upper case.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace garage::codec {

inline constexpr std::array<bool, 256> kUnreservedCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();
// Of those that stay.
constexpr bool is_unreserved(char c) {
  return kUnreservedCharacters[static_cast<unsigned char>(c)];
}

// keep_slash: '/' stays as it is (paths); otherwise it is encoded too (query strings).
std::string percent_encode(std::string_view text, bool keep_slash);
void append_percent_encoded(std::string& out, std::string_view text, bool keep_slash);

// Nothing for a '%' without two hexadecimal digits behind it. plus_is_space: '+' means a space (HTML forms, query
// strings of old). The result may be any bytes; whoever needs text checks it (utf8.hpp).
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// False, and `out` as before, if the text is malformed.
[[nodiscard]] bool append_percent_decoded(std::string& out, std::string_view text, bool plus_is_space = false);

}  // namespace garage::codec
