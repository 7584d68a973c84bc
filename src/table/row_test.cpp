#include "table/row.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "base/hex.hpp"
#include "table/promise.hpp"

namespace garage::table {
namespace {

class RandomRows {
 public:
  explicit RandomRows(uint64_t seed) : random_(seed) {}

  Row next() {
    Row row;
    row.ord = ord();
    row.kind = coin() ? RowKind::kBallot : RowKind::kBlind;
    row.uuid = uuid();
    if (coin()) row.value = text(random_() % 400);
    if (coin()) row.modified_ms = random_() >> (random_() % 64);
    for (size_t n = coin() ? random_() % (kLineageMax + 1) : 0; n > 0; --n) row.lineage.emplace_back(uuid(), ord());
    if (coin()) row.floor = coin() ? row.ord : ord();
    if (coin()) row.blind_floor = coin() ? row.ord : ord();
    if (random_() % 4 == 0) row.unknown.emplace_back(1000 + random_() % 50, text(random_() % 20));
    return row;
  }
  std::string text(size_t length) {
    std::string out(length, 0);
    for (char& c : out) c = static_cast<char>(random_());
    return out;
  }
  size_t below(size_t bound) { return random_() % bound; }

 private:
  bool coin() { return random_() % 2 == 0; }
  Ord ord() { return {random_() >> (random_() % 60), random_()}; }
  Uuid uuid() { return *Uuid::from_raw(text(16)); }

  std::mt19937_64 random_;
};

TEST(Row, RoundTrip) {
  RandomRows rows(1);
  for (int i = 0; i < 3000; ++i) {
    const Row row = rows.next();
    const std::string key = rows.text(rows.below(50));
    const std::string encoded = encode_row(key, row);
    auto back = decode_row(key, encoded);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, row);
    auto view = decode_row_view(key, encoded);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->ord, row.ord);
    EXPECT_EQ(view->uuid, row.uuid);
    EXPECT_EQ(view->modified_ms, row.modified_ms);
    EXPECT_EQ(view->value.has_value(), row.value.has_value());
    if (view->value) EXPECT_EQ(*view->value, *row.value);
  }
}

TEST(Row, AnyFlippedBitIsFound) {
  RandomRows rows(2);
  for (int i = 0; i < 300; ++i) {
    const std::string key = "key";
    std::string encoded = encode_row(key, rows.next());
    encoded[rows.below(encoded.size())] ^= static_cast<char>(1 << rows.below(8));
    EXPECT_EQ(decode_row(key, encoded).error().kind, ErrorKind::kCorrupt);
    EXPECT_EQ(decode_row_view(key, encoded).error().kind, ErrorKind::kCorrupt);
  }
}

TEST(Row, BelongsToItsKey) {
  RandomRows rows(3);
  const std::string encoded = encode_row("mine", rows.next());
  EXPECT_EQ(decode_row("yours", encoded).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(decode_row("mine", encoded.substr(0, 4)).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(decode_row("mine", "").error().kind, ErrorKind::kCorrupt);
}

TEST(Row, PlainWritesAreSmall) {
  Row row;
  row.ord = row.floor = row.blind_floor = {1'700'000'000'000, 42};
  row.modified_ms = 1'700'000'000'000;
  row.value = std::string(200, 'v');
  EXPECT_LE(encode_row("key", row).size(), 200u + 56u);
}

TEST(Promise, RoundTripAndDamage) {
  const std::string key = promise_key(kv::Family::kObject, "row");
  EXPECT_EQ(key, std::string("\x02row"));
  const Ord ord{77, 88};
  std::string encoded = encode_promise(key, ord);
  EXPECT_EQ(*decode_promise(key, encoded), ord);
  EXPECT_EQ(decode_promise(promise_key(kv::Family::kSettings, "row"), encoded).error().kind, ErrorKind::kCorrupt);
  encoded[5] ^= 1;
  EXPECT_EQ(decode_promise(key, encoded).error().kind, ErrorKind::kCorrupt);
}

// tests/golden/row_v1.txt: lines of "name key-hex value-hex". Written once, readable for ever.
std::vector<std::pair<std::string, Row>> golden_rows() {
  Row plain;
  plain.ord = plain.floor = plain.blind_floor = {1'767'225'600'123, 0x0102030405060708};
  plain.uuid = *Uuid::from_hex("000102030405060708090a0b0c0d0e0f");
  plain.value = "a small value";
  plain.modified_ms = 1'767'225'600'100;
  Row tombstone = plain;
  tombstone.value.reset();
  Row ballot = plain;
  ballot.kind = RowKind::kBallot;
  ballot.ord = {1'767'225'700'000, 9};
  ballot.uuid = *Uuid::from_hex("ffeeddccbbaa99887766554433221100");
  ballot.value = "";
  ballot.lineage = {{plain.uuid, plain.ord}, {Uuid{}, {5, 6}}};
  ballot.floor = {3, 4};
  ballot.unknown = {{200, "from the future"}};
  return {{"plain", plain}, {"tombstone", tombstone}, {"ballot", ballot}};
}

TEST(Row, GoldenFileStaysReadable) {
  std::ifstream file(std::string(GARAGE_SOURCE_DIR) + "/tests/golden/row_v1.txt");
  ASSERT_TRUE(file) << "the golden file is missing";
  std::string line;
  for (const auto& [name, row] : golden_rows()) {
    const std::string key = "golden/" + name;
    const std::string expected = name + " " + to_hex(key) + " " + to_hex(encode_row(key, row));
    ASSERT_TRUE(std::getline(file, line));
    EXPECT_EQ(line, expected);
    std::istringstream fields(line);
    std::string read_name, key_hex, value_hex;
    fields >> read_name >> key_hex >> value_hex;
    auto back = decode_row(*from_hex(key_hex), *from_hex(value_hex));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, row);
  }
}

}  // namespace
}  // namespace garage::table
