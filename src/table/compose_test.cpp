#include "table/compose.hpp"

#include <gtest/gtest.h>

namespace garage::table {
namespace {

Uuid uuid(unsigned char n) {
  Uuid out;
  out.bytes[0] = n;
  return out;
}
RowOfWrite write(unsigned char n) {
  return {uuid(n), "v", 1};
}

TEST(Compose, LineageIsCutByPlainWritesAndBoundedByFloor) {
  Row row = compose_blind(write(1), {10, 0});
  EXPECT_EQ(row.blind_floor, (Ord{10, 0}));
  EXPECT_EQ(row.floor, (Ord{10, 0}));
  for (unsigned char n = 2; n < 40; ++n) row = compose_ballot(write(n), {10u * n, 0}, row);
  EXPECT_EQ(row.lineage.size(), kLineageMax);
  EXPECT_EQ(row.lineage.back().first, uuid(38));
  EXPECT_EQ(row.lineage.front().second, row.floor);
  EXPECT_EQ(row.blind_floor, (Ord{10, 0}));
  EXPECT_TRUE(compose_blind(write(50), {900, 0}).lineage.empty());
}

TEST(Compose, AReStampKeepsTheWrite) {
  Row row = compose_ballot(write(2), {20, 0}, compose_blind(write(1), {10, 0}));
  Row again = restamp(row, {30, 0});
  EXPECT_EQ(again.ord, (Ord{30, 0}));
  again.ord = row.ord;
  EXPECT_EQ(again, row);
  const Row nobody = restamp(std::nullopt, {5, 0});
  EXPECT_FALSE(nobody.value);
  EXPECT_TRUE(nobody.uuid.is_zero());
}

TEST(Fate, OfAWriteThatIsLookedFor) {
  Row row = compose_blind(write(1), {10, 0});
  for (unsigned char n = 2; n < 40; ++n) row = compose_ballot(write(n), {10u * n, 0}, row);
  EXPECT_EQ(fate_of(uuid(39), true, {390, 0}, row), Fate::kApplied);
  EXPECT_EQ(fate_of(uuid(30), true, {300, 0}, row), Fate::kApplied);
  EXPECT_EQ(fate_of(uuid(99), true, row.ord, row), Fate::kNotApplied);
  EXPECT_EQ(fate_of(uuid(5), true, {50, 0}, row), Fate::kUnknowable);
  EXPECT_EQ(fate_of(uuid(5), false, {50, 0}, row), Fate::kUnknowable);
  EXPECT_EQ(fate_of(uuid(98), false, {9, 0}, row), Fate::kOverwritten);
  EXPECT_EQ(fate_of(uuid(98), true, {9, 0}, row), Fate::kUnknowable);
  EXPECT_EQ(fate_of(uuid(98), true, {9, 0}, std::nullopt), Fate::kNotApplied);
}

}  // namespace
}  // namespace garage::table
