// Numbers of bytes as people write and read them.
//
// Reading: a whole number alone is bytes; else a number with an optional fraction and a unit, in any case: B; K, KB, M,
// MB ... E, EB (powers of 1000); Ki, KiB ... Ei, EiB (powers of 1024). The fraction of a byte is cut off. Writing: one
// decimal and the largest unit that leaves at least 1: "93.1 GiB", "5.0 MB", "999 B".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::codec {

// kInvalid with the reason, fit to follow "invalid size: ".
Result<uint64_t> parse_byte_size(std::string_view text);

std::string binary_size(uint64_t bytes);   // 4.8 MiB
std::string decimal_size(uint64_t bytes);  // 5.0 MB
// Decimal first, then binary in parentheses: "5.0 MB (4.8 MiB)".
std::string both_sizes(uint64_t bytes);

}  // namespace garage::codec
