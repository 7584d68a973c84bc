#include "codec/base64.hpp"

#include <array>
#include <cstdint>

namespace garage::codec {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr uint8_t kNoDigit = 64;

constexpr auto kDigitValue = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (size_t i = 0; i < kStandard.size(); ++i)
    values[static_cast<unsigned char>(kStandard[i])] = static_cast<uint8_t>(i);
  return values;
}();

uint32_t byte_at(std::string_view bytes, size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string out((bytes.size() * 4 + 2) / 3, '\0');
  char* pos = out.data();
  const auto digit = [&](uint32_t group, unsigned shift) { *pos++ = alphabet[(group >> shift) & 63]; };
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    digit(group, 18), digit(group, 12), digit(group, 6), digit(group, 0);
  }
  if (bytes.size() - i == 1) {
    const uint32_t group = byte_at(bytes, i) << 16;
    digit(group, 18), digit(group, 12);
  } else if (bytes.size() - i == 2) {
    const uint32_t group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8;
    digit(group, 18), digit(group, 12), digit(group, 6);
  }
  return out;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out = encode(bytes, kStandard);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string to_base64url_nopad(std::string_view bytes) {
  return encode(bytes, kUrl);
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::string_view digits = text.substr(0, text.size() - padding);

  std::string out(digits.size() * 3 / 4, '\0');
  char* pos = out.data();
  uint32_t bits = 0;
  unsigned bits_count = 0;
  for (const char c : digits) {
    const uint8_t value = kDigitValue[static_cast<unsigned char>(c)];
    if (value == kNoDigit) return std::nullopt;
    bits = bits << 6 | value;
    bits_count += 6;
    if (bits_count >= 8) {
      bits_count -= 8;
      *pos++ = static_cast<char>(bits >> bits_count);
      bits &= (1u << bits_count) - 1;
    }
  }
  if (bits != 0) return std::nullopt;
  return out;
}

}  // namespace garage::codec
