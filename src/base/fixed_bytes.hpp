// An identity of N bytes as a type of its own: NodeId, BucketId, Uuid, BlockHash. A value: copied, compared, ordered
// bytewise, hashed.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/hex.hpp"

namespace garage {

template <size_t N, class Tag>
struct FixedBytes {
  static constexpr size_t kSize = N;
  std::array<unsigned char, N> bytes{};

  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

  // The raw bytes; valid as long as this object.
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), N}; }
  std::string hex() const { return to_hex(view()); }
  bool is_zero() const { return *this == FixedBytes{}; }

  // Nothing unless `raw` has exactly N bytes.
  static std::optional<FixedBytes> from_raw(std::string_view raw) {
    if (raw.size() != N) return std::nullopt;
    FixedBytes out;
    std::memcpy(out.bytes.data(), raw.data(), N);
    return out;
  }
  // Nothing unless `text` is exactly 2N hexadecimal digits.
  static std::optional<FixedBytes> from_hex(std::string_view text) {
    auto raw = garage::from_hex(text);
    return raw ? from_raw(*raw) : std::nullopt;
  }
};

// Identities are uniformly random or hashes, so their first word is a good hash.
struct FixedBytesHash {
  template <size_t N, class Tag>
  size_t operator()(const FixedBytes<N, Tag>& id) const {
    static_assert(N >= sizeof(size_t));
    size_t word;
    std::memcpy(&word, id.bytes.data(), sizeof word);
    return word;
  }
};

}  // namespace garage
