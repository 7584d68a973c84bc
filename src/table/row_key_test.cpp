#include "table/row_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace garage::table {
namespace {

// Short strings over an alphabet that is rich in the bytes escaping cares about.
std::string awkward_text(std::mt19937_64& random) {
  static constexpr char kAlphabet[] = {'\x00', '\x01', '\x02', 'a', '\xfe', '\xff'};
  std::string out;
  for (size_t n = random() % 6; n > 0; --n) out.push_back(kAlphabet[random() % sizeof kAlphabet]);
  return out;
}

BucketId bucket(unsigned char first) {
  BucketId id;
  id.bytes[0] = first;
  id.bytes[31] = 7;
  return id;
}

TEST(Escape, RoundTripLeavesWhatFollows) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = awkward_text(random);
    const std::string rest = awkward_text(random);
    std::string escaped;
    append_escaped(escaped, text);
    const std::string bytes = escaped + rest;  // what the result views into
    auto back = read_escaped(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->text, text);
    EXPECT_EQ(back->rest, rest);
  }
}

TEST(Escape, KeepsTheOrder) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    const auto a = std::pair(awkward_text(random), awkward_text(random));
    const auto b = std::pair(awkward_text(random), awkward_text(random));
    std::string left, right;
    append_escaped(left, a.first);
    left += a.second;
    append_escaped(right, b.first);
    right += b.second;
    EXPECT_EQ(a < b, left < right);
  }
}

TEST(Escape, RefusesDamage) {
  using namespace std::string_view_literals;
  for (auto bad : {""sv, "abc"sv, "abc\x00"sv, "abc\x00\x02"sv, "abc\x00\xff"sv}) {
    EXPECT_EQ(read_escaped(bad).error().kind, ErrorKind::kCorrupt);
  }
}

TEST(RowKey, RoundTripAndOrder) {
  const std::string key = object_row_key(bucket(3), 0x0102, "photos/a");
  EXPECT_EQ(key.substr(0, 34), shard_prefix(bucket(3), 0x0102));
  auto parsed = parse_shard_prefix(key);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->bucket, bucket(3));
  EXPECT_EQ(parsed->shard, 0x0102);
  EXPECT_EQ(parsed->rest, "photos/a");
  EXPECT_LT(object_row_key(bucket(3), 1, "z"), object_row_key(bucket(3), 256, "a"));
  EXPECT_EQ(parse_shard_prefix(key.substr(0, 33)).error().kind, ErrorKind::kCorrupt);

  std::string versions = object_rows_prefix(bucket(3), 1, "photos/a");
  EXPECT_LT(versions + "\xff", object_rows_prefix(bucket(3), 1, "photos/a0"));
}

TEST(RowKey, ShardsAreEvenAndStable) {
  std::vector<int> count(8);
  for (int i = 0; i < 8000; ++i) ++count[shard_of(bucket(9), "key/" + std::to_string(i), 8)];
  EXPECT_GT(*std::min_element(count.begin(), count.end()), 850);
  EXPECT_EQ(shard_of(bucket(9), "anything", 1), 0);
  // A doubled spread only splits shards: the lower bits stay.
  for (int i = 0; i < 100; ++i) {
    const std::string key = std::to_string(i);
    EXPECT_EQ(shard_of(bucket(9), key, 16) & 7, shard_of(bucket(9), key, 8));
  }
}

// The numbers are part of the disk format: whoever changes them moves everybody's data.
TEST(RowKey, GoldenPlaces) {
  EXPECT_EQ(shard_of(bucket(1), "hello.txt", 64), 15);
  EXPECT_EQ(shard_of(bucket(2), "hello.txt", 64), 1);
  EXPECT_EQ(partition_of(bucket(1), 0), 599);
  EXPECT_EQ(partition_of(bucket(1), 5), 711);
}

TEST(PrefixEnd, IsTheFirstKeyBehind) {
  EXPECT_EQ(prefix_end("ab"), "ac");
  EXPECT_EQ(prefix_end("a\xff\xff"), "b");
  EXPECT_EQ(prefix_end("\xff"), "");
  EXPECT_EQ(prefix_end(""), "");
}

}  // namespace
}  // namespace garage::table
