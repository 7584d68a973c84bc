#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/hex.hpp"
#include "crypto/hmac.hpp"
#include "crypto/xxhash.hpp"

namespace garage::crypto {
namespace {

TEST(Digest, KnownVectors) {
  EXPECT_EQ(to_hex(view(sha256(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(view(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(view(sha1("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(view(md5(""))), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(view(md5("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(view(sha256(std::string(1024, 'A')))),
            "6ab72eeb9e77b07540897e0c8d6d23ec8eef0f8c3a47e1b3f4e93443d9536bed");
}

template <class Hash>
void expect_streaming_equals_whole(std::string_view bytes, typename Hash::Digest whole) {
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    Hash hash;
    hash.update(bytes.substr(0, cut));
    Hash moved = std::move(hash);
    moved.update(bytes.substr(cut));
    ASSERT_EQ(moved.finish(), whole);
    moved.update(bytes);
    ASSERT_EQ(moved.finish(), whole) << "finish() leaves the object as good as new";
  }
}

TEST(Digest, AnyCutGivesTheSame) {
  const std::string bytes(150, 'x');
  expect_streaming_equals_whole<Sha256>(bytes, sha256(bytes));
  expect_streaming_equals_whole<Sha1>(bytes, sha1(bytes));
  expect_streaming_equals_whole<Md5>(bytes, md5(bytes));
}

TEST(Digest, CopyContinuesFromTheSamePrefix) {
  Sha256 one;
  one.update("ab");
  Sha256 two = one;
  one.update("c");
  two.update("d");
  EXPECT_EQ(one.finish(), sha256("abc"));
  EXPECT_EQ(two.finish(), sha256("abd"));
}

// RFC 4231 (SHA-256) and RFC 2202 (SHA-1).
TEST(Hmac, KnownVectors) {
  EXPECT_EQ(to_hex(view(hmac_sha256(std::string(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(view(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(view(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(to_hex(view(hmac_sha1("Jefe", "what do ya want for nothing?"))),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(to_hex(view(hmac_sha1(std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Xxhash, KnownVectors) {
  EXPECT_EQ(xxh3_64(""), 0x2D06800538D394C2u);
  EXPECT_EQ(xxh3_128(""), (Xxh128{0x99AA06D3014798D8u, 0x6001C324468D497Fu}));
  EXPECT_NE(xxh3_64("key", 1), xxh3_64("key", 2));
}

}  // namespace
}  // namespace garage::crypto
