#include "api/hex_text.hpp"

#include <cstddef>

#include "base/hex.hpp"

namespace garage::api {
namespace {

// 0xff for what is no digit, so that one comparison at the end finds any.
constexpr auto kDigitValues = [] {
  std::array<unsigned char, 256> table{};
  for (size_t c = 0; c < table.size(); ++c)
    table[c] = static_cast<unsigned char>(hex_digit_value(static_cast<char>(c)));
  return table;
}();

}  // namespace

HexText hex_text(const crypto::Sha256Digest& digest) {
  HexText text;
  size_t at = 0;
  for (unsigned char byte : digest) {
    text.digits[at++] = "0123456789abcdef"[byte >> 4];
    text.digits[at++] = "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::optional<crypto::Sha256Digest> parse_hex_text(std::string_view text) {
  crypto::Sha256Digest digest;
  if (text.size() != 2 * digest.size()) return std::nullopt;
  unsigned char seen = 0;
  for (size_t i = 0; i < digest.size(); ++i) {
    const unsigned char high = kDigitValues[static_cast<unsigned char>(text[2 * i])];
    const unsigned char low = kDigitValues[static_cast<unsigned char>(text[2 * i + 1])];
    seen |= high | low;
    digest[i] = static_cast<unsigned char>((high << 4) | (low & 15));
  }
  if (seen > 15) return std::nullopt;
  return digest;
}

}  // namespace garage::api
