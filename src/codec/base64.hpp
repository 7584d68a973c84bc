// Base64 (RFC 4648).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace garage::codec {

// The standard alphabet, padded.
std::string to_base64(std::string_view bytes);
// The URL and file name alphabet (- and _), without padding.
std::string to_base64url_nopad(std::string_view bytes);

// The standard alphabet. Strict: padding required, no other character, and the unused bits of the last digit zero, so
// that each byte string has exactly one accepted text.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace garage::codec
