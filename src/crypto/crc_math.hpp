// Internal to crypto: the arithmetic of reflected CRCs, computed at compile time.
//
// A remainder modulo P (degree W) is kept reflected in a W-bit word: the highest bit is x^0, the lowest x^(W-1). That
// is how CRC32, CRC32C and CRC64NVME write their results.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace garage::crypto {

// Each polynomial is given reflected, without its leading x^W.
struct Crc32Polynomial {
  using Word = uint32_t;
  static constexpr Word kReflected = 0xEDB88320;
};
struct Crc32cPolynomial {
  using Word = uint32_t;
  static constexpr Word kReflected = 0x82F63B78;
};
struct Crc64NvmePolynomial {
  using Word = uint64_t;
  static constexpr Word kReflected = 0x9A6C9329AC4BC9B5;
};

template <class P>
constexpr typename P::Word times_x(typename P::Word a) {
  return (a >> 1) ^ ((a & 1) != 0 ? P::kReflected : 0);
}

template <class P>
constexpr typename P::Word kOne = static_cast<typename P::Word>(1) << (8 * sizeof(typename P::Word) - 1);

// a * b modulo P.
template <class P>
constexpr typename P::Word multiply(typename P::Word a, typename P::Word b) {
  typename P::Word product = 0;
  for (; a != 0; a <<= 1, b = times_x<P>(b)) {
    if ((a & kOne<P>) != 0) product ^= b;
  }
  return product;
}

// kSquares[i] = x^(2^i) modulo P.
template <class P>
constexpr auto make_squares() {
  std::array<typename P::Word, 64> squares{};
  squares[0] = times_x<P>(kOne<P>);
  for (size_t i = 1; i < squares.size(); ++i) squares[i] = multiply<P>(squares[i - 1], squares[i - 1]);
  return squares;
}
template <class P>
inline constexpr auto kSquares = make_squares<P>();

// x^n modulo P, n below 2^64.
template <class P>
constexpr typename P::Word power_of_x(uint64_t n) {
  typename P::Word power = kOne<P>;
  for (size_t i = 0; n != 0; ++i, n >>= 1) {
    if ((n & 1) != 0) power = multiply<P>(power, kSquares<P>[i]);
  }
  return power;
}

// The CRC of a + b. Initial value and final inversion cancel out: what remains is to move a's remainder past b's bits.
template <class P>
constexpr typename P::Word combine(typename P::Word crc_a, typename P::Word crc_b, uint64_t len_b) {
  // 8 * len_b as (x^len_b)^8, so that no length overflows.
  typename P::Word shift = power_of_x<P>(len_b);
  for (int i = 0; i < 3; ++i) shift = multiply<P>(shift, shift);
  return multiply<P>(crc_a, shift) ^ crc_b;
}

// kTables[k][byte]: the remainder of `byte` followed by k zero bytes.
template <class P>
constexpr auto make_tables() {
  std::array<std::array<typename P::Word, 256>, 8> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    typename P::Word rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = times_x<P>(rest);
    tables[0][byte] = rest;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const typename P::Word previous = tables[k - 1][byte];
      tables[k][byte] = (previous >> 8) ^ tables[0][previous & 255];
    }
  }
  return tables;
}
template <class P>
inline constexpr auto kTables = make_tables<P>();

}  // namespace garage::crypto
