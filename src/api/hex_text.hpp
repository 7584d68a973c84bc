// Internal to api: SHA-256 digests as the 64 hexadecimal digits that signatures speak in, without an allocation.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "crypto/digest.hpp"

namespace garage::api {

struct HexText {
  std::array<char, 64> digits;
  operator std::string_view() const { return {digits.data(), digits.size()}; }
};

HexText hex_text(const crypto::Sha256Digest& digest);

// Both cases of letters; nothing unless it is exactly 64 digits.
std::optional<crypto::Sha256Digest> parse_hex_text(std::string_view text);

constexpr std::string_view kSha256OfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace garage::api
