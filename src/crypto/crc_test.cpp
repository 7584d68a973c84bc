#include "crypto/crc.hpp"

#include <gtest/gtest.h>

#include <string>

#include "crypto/crc_fold.hpp"
#include "crypto/crc_table.hpp"

namespace garage::crypto {
namespace {

std::string noise(size_t size) {
  std::string out(size, '\0');
  uint64_t x = 88172645463325252;
  for (auto& c : out) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    c = static_cast<char>(x >> 32);
  }
  return out;
}

// One bit at a time, straight from the definition.
template <class P>
typename P::Word slow(std::string_view bytes) {
  auto state = static_cast<typename P::Word>(~typename P::Word{0});
  for (const char c : bytes) {
    state ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) state = times_x<P>(state);
  }
  return ~state;
}

TEST(Crc, CheckValues) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc64nvme("123456789"), 0xAE8B14860A799888u);
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc64nvme(""), 0u);
}

TEST(Crc, Rfc3720Vectors) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
}

// The base64 values of S3's conformance vectors, decoded: three parts of 5 MiB of A, B and C.
TEST(Crc, S3PartsCombineToTheWhole) {
  constexpr size_t kPart = 5 << 20;
  const std::string a(kPart, 'A'), b(kPart, 'B'), c(kPart, 'C');
  EXPECT_EQ(crc32(a), 0x2514C2C9u);
  EXPECT_EQ(crc32c(a), 0x30368BAFu);
  EXPECT_EQ(crc64nvme(a), 0x2FF1385989FCBFDFu);
  EXPECT_EQ(crc32_combine(crc32_combine(crc32(a), crc32(b), kPart), crc32(c), kPart), 0x5A00E105u);
  EXPECT_EQ(crc32c_combine(crc32c_combine(crc32c(a), crc32c(b), kPart), crc32c(c), kPart), 0xC54F8AAFu);
  EXPECT_EQ(crc64nvme_combine(crc64nvme_combine(crc64nvme(a), crc64nvme(b), kPart), crc64nvme(c), kPart),
            0x8BEE8B474CB7785Au);
  const std::string whole = a + b + c;
  EXPECT_EQ(crc32(whole), 0x5A00E105u);
  EXPECT_EQ(crc32c(whole), 0xC54F8AAFu);
  EXPECT_EQ(crc64nvme(whole), 0x8BEE8B474CB7785Au);
}

TEST(Crc, EveryLengthAndAlignmentAgreesWithTheDefinition) {
  const std::string bytes = noise(2200);
  for (size_t size = 0; size <= 1100; ++size) {
    const std::string_view piece(bytes.data() + size % 67, size);
    ASSERT_EQ(crc32(piece), slow<Crc32Polynomial>(piece)) << size;
    ASSERT_EQ(crc32c(piece), slow<Crc32cPolynomial>(piece)) << size;
    ASSERT_EQ(crc64nvme(piece), slow<Crc64NvmePolynomial>(piece)) << size;
  }
}

TEST(Crc, TablesAgreeWithTheDefinition) {
  const std::string bytes = noise(100);
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view piece(bytes.data(), size);
    ASSERT_EQ(~table_update<Crc32Polynomial>(~0u, piece.data(), size), slow<Crc32Polynomial>(piece));
    ASSERT_EQ(~table_update<Crc32cPolynomial>(~0u, piece.data(), size), slow<Crc32cPolynomial>(piece));
    ASSERT_EQ(~table_update<Crc64NvmePolynomial>(~uint64_t{0}, piece.data(), size), slow<Crc64NvmePolynomial>(piece));
  }
}

#if defined(__x86_64__)
// Each machine takes one way through crc.cpp; here are the ways it may not take.
template <class P>
void expect_folding_agrees(bool wide, const std::string& bytes, size_t size_min) {
  for (size_t size = size_min; size <= bytes.size(); size += 5) {
    const auto initial = static_cast<typename P::Word>(~typename P::Word{0});
    const char* data = bytes.data();
    size_t rest = size;
    const Folded folded = wide ? fold_wide<P>(initial, data, rest) : fold_narrow<P>(initial, data, rest);
    ASSERT_LT(rest, 16u);
    const auto state = table_update<P>(table_update<P>(0, folded.bytes, 16), data, rest);
    ASSERT_EQ(state, table_update<P>(initial, bytes.data(), size)) << size;
  }
}

TEST(Crc, FoldingAgreesWithTables) {
  const std::string bytes = noise(3000);
  for (const bool wide : {false, true}) {
    if (wide ? !can_fold_wide() : !can_fold()) continue;
    expect_folding_agrees<Crc32Polynomial>(wide, bytes, wide ? 256 : 64);
    expect_folding_agrees<Crc32cPolynomial>(wide, bytes, wide ? 256 : 64);
    expect_folding_agrees<Crc64NvmePolynomial>(wide, bytes, wide ? 256 : 64);
  }
}
#endif

TEST(Crc, ExtendAndCombineAgreeWithTheWholeAtEveryCut) {
  const std::string bytes = noise(1500);
  const std::string_view all = bytes;
  for (size_t cut = 0; cut <= all.size(); cut += 7) {
    const auto head = all.substr(0, cut), tail = all.substr(cut);
    ASSERT_EQ(crc32_extend(crc32(head), tail), crc32(all));
    ASSERT_EQ(crc32c_extend(crc32c(head), tail), crc32c(all));
    ASSERT_EQ(crc64nvme_extend(crc64nvme(head), tail), crc64nvme(all));
    ASSERT_EQ(crc32_combine(crc32(head), crc32(tail), tail.size()), crc32(all));
    ASSERT_EQ(crc32c_combine(crc32c(head), crc32c(tail), tail.size()), crc32c(all));
    ASSERT_EQ(crc64nvme_combine(crc64nvme(head), crc64nvme(tail), tail.size()), crc64nvme(all));
  }
}

// Lengths that no test can read: moving past b in two steps must equal moving past it in one.
TEST(Crc, CombineIsAssociativeForHugeLengths) {
  const uint64_t m = uint64_t{1} << 62, n = (uint64_t{1} << 45) + 12345;
  EXPECT_EQ(crc32_combine(crc32_combine(1, 2, m), 3, n), crc32_combine(1, crc32_combine(2, 3, n), m + n));
  EXPECT_EQ(crc64nvme_combine(crc64nvme_combine(1, 2, m), 3, n),
            crc64nvme_combine(1, crc64nvme_combine(2, 3, n), m + n));
}

}  // namespace
}  // namespace garage::crypto
