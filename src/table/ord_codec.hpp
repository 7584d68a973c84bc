// An ord as bytes: 16, big-endian, so that bytewise order is the order of ords.
#pragma once

#include <array>
#include <string_view>

#include "base/ord.hpp"
#include "codec/big_endian.hpp"

namespace garage::table {

inline constexpr size_t kOrdBytes = 16;
using OrdBytes = std::array<char, kOrdBytes>;

inline OrdBytes ord_bytes(Ord ord) {
  OrdBytes out;
  for (size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<char>(ord.hybrid_ms >> (56 - 8 * i));
    out[8 + i] = static_cast<char>(ord.tie >> (56 - 8 * i));
  }
  return out;
}
// Valid as long as the array.
inline std::string_view view(const OrdBytes& bytes) {
  return {bytes.data(), bytes.size()};
}

// `bytes` has at least kOrdBytes.
inline Ord load_ord(const char* bytes) {
  return {codec::load_u64_be(bytes), codec::load_u64_be(bytes + 8)};
}

}  // namespace garage::table
