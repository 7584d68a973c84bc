#include "crypto/password_hash.hpp"

#include <gtest/gtest.h>

namespace garage::crypto {
namespace {

TEST(PasswordHash, KnowsItsPasswordAndNoOther) {
  const auto hash = hash_password(Secret("correct horse"), "0123456789abcdef");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$")) << *hash;
  EXPECT_TRUE(verify_password(Secret("correct horse"), *hash));
  EXPECT_FALSE(verify_password(Secret("correct horsf"), *hash));
  EXPECT_FALSE(verify_password(Secret(""), *hash));
  EXPECT_NE(*hash, hash_password(Secret("correct horse"), "0123456789abcdeg").value());
}

// RFC 9106 has no vector without a key; this one is of the reference implementation's test suite.
TEST(PasswordHash, UnderstandsHashesOfOthers) {
  EXPECT_TRUE(verify_password(Secret("password"),
                              "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"));
}

TEST(PasswordHash, RefusesWhatIsNoneOrTooDear) {
  const std::string rest = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  for (const std::string& bad : {std::string(), std::string("$argon2id$"), "$argon2i$v=19$m=256,t=2,p=1" + rest,
                                 "$argon2id$v=19$m=99999999,t=2,p=1" + rest, "$argon2id$v=19$m=256,t=99,p=1" + rest,
                                 "$argon2id$v=19$m=256,t=2,p=99" + rest, std::string(1000, '$')}) {
    EXPECT_FALSE(verify_password(Secret("password"), bad)) << bad;
  }
}

}  // namespace
}  // namespace garage::crypto
