#include "crypto/ed25519.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace garage::crypto {
namespace {

// RFC 8032, section 7.1, tests 1 and 2.
TEST(Ed25519, PublicKeysOfTheStandard) {
  const auto public_of = [](std::string_view seed_hex) {
    const auto key = ed25519_public_key(Secret(*from_hex(seed_hex))).value();
    return to_hex({reinterpret_cast<const char*>(key.data()), key.size()});
  };
  EXPECT_EQ(public_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(public_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
}

TEST(Ed25519, RefusesOtherLengths) {
  EXPECT_EQ(ed25519_public_key(Secret(std::string(31, 'x'))).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ed25519_public_key(Secret()).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace garage::crypto
