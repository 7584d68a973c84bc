// Internal to crypto: CRCs eight bytes a step with tables, for any processor, and for what is too short to fold.
#pragma once

#include <bit>
#include <cstring>
#include <string_view>

#include "crypto/crc_math.hpp"

namespace garage::crypto {

// `state` and the result are without the initial and final inversion.
template <class P>
typename P::Word table_update(typename P::Word state, const char* data, size_t size) {
  static_assert(std::endian::native == std::endian::little, "words are loaded in memory order");
  const auto& tables = kTables<P>;
  for (; size >= 8; data += 8, size -= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    word ^= state;
    state = tables[7][word & 255] ^ tables[6][(word >> 8) & 255] ^ tables[5][(word >> 16) & 255] ^
            tables[4][(word >> 24) & 255] ^ tables[3][(word >> 32) & 255] ^ tables[2][(word >> 40) & 255] ^
            tables[1][(word >> 48) & 255] ^ tables[0][word >> 56];
  }
  for (; size > 0; ++data, --size) {
    state = (state >> 8) ^ tables[0][(state ^ static_cast<unsigned char>(*data)) & 255];
  }
  return state;
}

}  // namespace garage::crypto
