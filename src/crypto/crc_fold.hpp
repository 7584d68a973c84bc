// Internal to crypto: CRCs by carry-less multiplication (x86-64 PCLMULQDQ, and VPCLMULQDQ with AVX-512 where present).
//
// The message is one long polynomial. A 16-byte lane is moved D bits towards the end by multiplying its halves with
// x^(D+64) and x^D modulo P: 128 bits stay 128 bits, the remainder modulo P stays the same. Several lanes advance at
// once; in the end they are merged into one lane, 16 bytes whose CRC equals that of everything folded into them, and
// the caller finishes those by simpler means.
//
// A product of two reflected 64-bit factors comes out multiplied by one x more, hence the D + 63 and D - 1 below.
#pragma once

#include "crypto/crc_math.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>

namespace garage::crypto {

// The 16 bytes that stand for everything folded so far.
struct Folded {
  alignas(16) char bytes[16];
};

inline bool can_fold() {
  return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.2");
}
inline bool can_fold_wide() {
  return __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("pclmul");
}

// A factor of folding: x^n modulo P as a reflected 64-bit word, where the highest bit is x^0.
template <class P>
constexpr long long fold_factor(uint64_t n) {
  const uint64_t factor = static_cast<uint64_t>(power_of_x<P>(n)) << (64 - 8 * sizeof(typename P::Word));
  return std::bit_cast<long long>(factor);
}

// The two factors that move a lane by kDistanceBytes; first for the lane's low half, second for its high half.
template <class P, uint64_t kDistanceBytes>
struct FoldFactors {
  static constexpr long long kLow = fold_factor<P>(8 * kDistanceBytes + 63);
  static constexpr long long kHigh = fold_factor<P>(8 * kDistanceBytes - 1);
};

#define GARAGE_TARGET_CLMUL __attribute__((target("pclmul,sse4.2")))
#define GARAGE_TARGET_WIDE __attribute__((target("pclmul,sse4.2,avx512f,vpclmulqdq")))

template <class P, uint64_t kDistanceBytes>
GARAGE_TARGET_CLMUL inline __m128i fold_lane(__m128i lane, __m128i next) {
  const __m128i factors = _mm_set_epi64x(FoldFactors<P, kDistanceBytes>::kHigh, FoldFactors<P, kDistanceBytes>::kLow);
  return _mm_xor_si128(
      _mm_xor_si128(_mm_clmulepi64_si128(lane, factors, 0x00), _mm_clmulepi64_si128(lane, factors, 0x11)), next);
}

GARAGE_TARGET_CLMUL inline __m128i load_lane(const char* data) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
}

// Folds all whole 16-byte pieces of a message of at least 64 bytes; `data` and `size` are left at the tail (below 16
// bytes).
template <class P>
GARAGE_TARGET_CLMUL Folded fold_narrow(typename P::Word state, const char*& data, size_t& size) {
  __m128i a = _mm_xor_si128(load_lane(data), _mm_set_epi64x(0, static_cast<long long>(state)));
  __m128i b = load_lane(data + 16), c = load_lane(data + 32), d = load_lane(data + 48);
  data += 64, size -= 64;
  for (; size >= 64; data += 64, size -= 64) {
    a = fold_lane<P, 64>(a, load_lane(data));
    b = fold_lane<P, 64>(b, load_lane(data + 16));
    c = fold_lane<P, 64>(c, load_lane(data + 32));
    d = fold_lane<P, 64>(d, load_lane(data + 48));
  }
  a = fold_lane<P, 16>(fold_lane<P, 16>(fold_lane<P, 16>(a, b), c), d);
  for (; size >= 16; data += 16, size -= 16) a = fold_lane<P, 16>(a, load_lane(data));
  Folded folded;
  _mm_store_si128(reinterpret_cast<__m128i*>(folded.bytes), a);
  return folded;
}

template <class P, uint64_t kDistanceBytes>
GARAGE_TARGET_WIDE inline __m512i fold_wide_lane(__m512i lane, __m512i next) {
  const __m512i factors = _mm512_broadcast_i32x4(
      _mm_set_epi64x(FoldFactors<P, kDistanceBytes>::kHigh, FoldFactors<P, kDistanceBytes>::kLow));
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(lane, factors, 0x00),
                                   _mm512_clmulepi64_epi128(lane, factors, 0x11), next, 0x96);  // 0x96: xor of three
}

// The same for a message of at least 256 bytes, 256 bytes a step.
template <class P>
GARAGE_TARGET_WIDE Folded fold_wide(typename P::Word state, const char*& data, size_t& size) {
  const __m512i first = _mm512_zextsi128_si512(_mm_set_epi64x(0, static_cast<long long>(state)));
  __m512i a = _mm512_xor_si512(_mm512_loadu_si512(data), first);
  __m512i b = _mm512_loadu_si512(data + 64), c = _mm512_loadu_si512(data + 128), d = _mm512_loadu_si512(data + 192);
  data += 256, size -= 256;
  for (; size >= 256; data += 256, size -= 256) {
    a = fold_wide_lane<P, 256>(a, _mm512_loadu_si512(data));
    b = fold_wide_lane<P, 256>(b, _mm512_loadu_si512(data + 64));
    c = fold_wide_lane<P, 256>(c, _mm512_loadu_si512(data + 128));
    d = fold_wide_lane<P, 256>(d, _mm512_loadu_si512(data + 192));
  }
  a = fold_wide_lane<P, 64>(fold_wide_lane<P, 64>(fold_wide_lane<P, 64>(a, b), c), d);
  for (; size >= 64; data += 64, size -= 64) a = fold_wide_lane<P, 64>(a, _mm512_loadu_si512(data));
  __m128i lane = _mm512_extracti32x4_epi32(a, 0);
  lane = fold_lane<P, 16>(lane, _mm512_extracti32x4_epi32(a, 1));
  lane = fold_lane<P, 16>(lane, _mm512_extracti32x4_epi32(a, 2));
  lane = fold_lane<P, 16>(lane, _mm512_extracti32x4_epi32(a, 3));
  for (; size >= 16; data += 16, size -= 16) lane = fold_lane<P, 16>(lane, load_lane(data));
  Folded folded;
  _mm_store_si128(reinterpret_cast<__m128i*>(folded.bytes), lane);
  return folded;
}

// CRC32C has an instruction of its own, good for short pieces.
GARAGE_TARGET_CLMUL inline uint32_t crc32c_instruction(uint32_t state, const char* data, size_t size) {
  uint64_t wide = state;
  for (; size >= 8; data += 8, size -= 8) {
    uint64_t word;
    __builtin_memcpy(&word, data, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  state = static_cast<uint32_t>(wide);
  for (; size > 0; ++data, --size) state = _mm_crc32_u8(state, static_cast<unsigned char>(*data));
  return state;
}

}  // namespace garage::crypto
#endif
