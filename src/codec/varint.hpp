// LEB128: seven bits a byte, lowest first, the high bit set on all bytes but the last. A number has exactly one
// encoding, the shortest; any other is refused, so that equal values are equal bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garage::codec {

inline constexpr size_t kVarintBytesMax = 10;

// Writes to `out`, which has room for kVarintBytesMax; returns the end.
inline char* write_varint(char* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}

inline void append_varint(std::string& out, uint64_t value) {
  char bytes[kVarintBytesMax];
  out.append(bytes, static_cast<size_t>(write_varint(bytes, value) - bytes));
}

// Reads a varint in [pos, end) into `value` and returns the position behind it; nullptr if it is cut off, too long or
// not the shortest.
inline const char* read_varint(const char* pos, const char* end, uint64_t& value) {
  if (pos != end && static_cast<unsigned char>(*pos) < 0x80) [[likely]] {
    value = static_cast<unsigned char>(*pos);
    return pos + 1;
  }
  uint64_t sum = 0;
  for (unsigned shift = 0; pos != end && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(*pos++);
    if (shift == 63 && byte > 1) return nullptr;  // would not fit 64 bits
    sum |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) {
      if (byte == 0) return nullptr;  // a shorter encoding exists
      value = sum;
      return pos;
    }
  }
  return nullptr;
}

// Takes a varint from the front of `in`; nothing, and `in` unchanged, if there is none.
inline std::optional<uint64_t> take_varint(std::string_view& in) {
  uint64_t value;
  const char* after = read_varint(in.data(), in.data() + in.size(), value);
  if (after == nullptr) return std::nullopt;
  in.remove_prefix(static_cast<size_t>(after - in.data()));
  return value;
}

}  // namespace garage::codec
