// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace garage::codec {

bool is_valid_utf8(std::string_view text);

// The length of the valid sequence at the front of `text`, 1 to 4; 0 if there is none.
size_t utf8_sequence_bytes(std::string_view text);

// What stands where bytes were no UTF-8: U+FFFD.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";
// With each byte that belongs to no character replaced.
std::string repair_utf8(std::string text);

// `code_point` must be a Unicode scalar value (at most 0x10FFFF, no surrogate).
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace garage::codec
