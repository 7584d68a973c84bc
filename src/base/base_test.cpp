#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace garage {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(ErrorKind::kInvalid, "odd");
  return n / 2;
}

Result<int> quarter(int n) {
  TRY(int h, half(n));
  TRY(int q, half(h));
  return q;
}

TEST(Result, TryPassesValuesAndErrors) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(quarter(6).error().within("quarter").message, "quarter: odd");
}

TEST(Hex, RoundTripAndRefusals) {
  EXPECT_EQ(to_hex(std::string("\x00\xffz", 3)), "00ff7a");
  EXPECT_EQ(*from_hex("00FF7a"), std::string("\x00\xffz", 3));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(FixedBytes, ParsesOnlyItsOwnLength) {
  EXPECT_FALSE(Uuid::from_raw("short"));
  auto id = Uuid::from_hex("000102030405060708090a0b0c0d0e0f");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->hex(), "000102030405060708090a0b0c0d0e0f");
  EXPECT_LT(Uuid{}, *id);
}

TEST(Secret, ComparesByContent) {
  EXPECT_TRUE(Secret("abc") == Secret("abc"));
  EXPECT_FALSE(Secret("abc") == Secret("abd"));
  EXPECT_FALSE(Secret("abc") == Secret("ab"));
}

}  // namespace
}  // namespace garage
