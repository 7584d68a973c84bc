#include "codec/tlv.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "base/ids.hpp"

namespace garage::codec {
namespace {

std::string sample_row() {
  TlvWriter inner = TlvWriter::nested();
  inner.u64(1, 300);
  TlvWriter row(2);
  row.bytes(1, "etag");
  row.u64(2, 0);
  row.u64(3, UINT64_MAX);
  row.message(200, inner);
  row.bytes(4000000000, "");
  return std::move(row).finish("key");
}

TEST(Tlv, WritesTheDocumentedBytes) {
  TlvWriter row(1);
  row.bytes(1, "etag");
  row.u64(2, 300);
  EXPECT_EQ(to_hex(std::move(row).finish("bucket/key")), "010104657461670202ac02e3aa7a35");
}

TEST(Tlv, ReadsWhatWasWritten) {
  const std::string value = sample_row();
  auto reader = TlvReader::open("key", value, 2);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->version(), 2);
  ASSERT_TRUE(reader->next());
  EXPECT_EQ(reader->tag(), 1u);
  EXPECT_EQ(reader->bytes(), "etag");
  ASSERT_TRUE(reader->next());
  EXPECT_EQ(*reader->u64(), 0u);
  ASSERT_TRUE(reader->next());
  EXPECT_EQ(reader->number(), UINT64_MAX);
  ASSERT_TRUE(reader->next());
  EXPECT_EQ(reader->tag(), 200u);
  auto inner = reader->message();
  ASSERT_TRUE(inner.next());
  EXPECT_EQ(inner.number(), 300u);
  EXPECT_FALSE(inner.next());
  EXPECT_TRUE(inner.status());
  ASSERT_TRUE(reader->next());
  EXPECT_EQ(reader->tag(), 4000000000u);
  EXPECT_EQ(reader->bytes(), "");
  EXPECT_FALSE(reader->next());
  EXPECT_TRUE(reader->status());
}

TEST(Tlv, EveryBitOfKeyAndValueIsChecked) {
  const std::string value = sample_row();
  for (size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string damaged = value;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    auto reader = TlvReader::open("key", damaged);
    ASSERT_FALSE(reader) << bit;
    ASSERT_EQ(reader.error().kind, ErrorKind::kCorrupt);
  }
  EXPECT_FALSE(TlvReader::open("kex", value)) << "a row under another row's key";
  for (size_t size = 0; size < value.size(); ++size) EXPECT_FALSE(TlvReader::open("key", value.substr(0, size)));
}

TEST(Tlv, NewerFormatIsRefusedAsSuch) {
  const std::string value = sample_row();
  EXPECT_TRUE(TlvReader::open("key", value, 2));
  auto reader = TlvReader::open("key", value, 1);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kUnsupported);
}

TEST(Tlv, UnknownFieldsSurviveARewrite) {
  const std::string value = sample_row();
  auto reader = TlvReader::open("key", value);
  ASSERT_TRUE(reader);
  UnknownFields unknown;
  std::string etag;
  while (reader->next()) {
    if (reader->tag() == 1) {
      etag = reader->bytes();
    } else {
      reader->keep(unknown);
    }
  }
  ASSERT_TRUE(reader->status());
  EXPECT_EQ(unknown.size(), 4u);
  TlvWriter again(2);
  again.bytes(1, etag);
  again.fields(unknown);
  EXPECT_EQ(std::move(again).finish("key"), value);
}

TEST(Tlv, DamagedFieldsAreAnErrorAtTheEnd) {
  using namespace std::string_literals;
  const std::string bad_bodies[] = {
      "\x01"s,  // no length
      "\x01\x05"
      "abcd"s,      // length beyond the end
      "\x00\x00"s,  // tag 0
      "\x80\x00\x01"
      "a"s,                                             // tag not in its shortest form
      "\xff\xff\xff\xff\x1f\x00"s,                      // tag beyond 32 bits
      "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s,  // length 2^64 - 1
  };
  for (const auto& body : bad_bodies) {
    auto reader = TlvReader::nested(body);
    EXPECT_FALSE(reader.next()) << to_hex(body);
    EXPECT_FALSE(reader.next());
    ASSERT_FALSE(reader.status()) << to_hex(body);
    EXPECT_EQ(reader.status().error().kind, ErrorKind::kCorrupt);
  }
}

TEST(Tlv, AFieldThatIsNoNumberIsAnError) {
  TlvWriter body = TlvWriter::nested();
  body.bytes(1, "");
  body.bytes(1, "ab");
  body.bytes(1, "\x81");
  const std::string bytes = std::move(body).take_body();
  auto reader = TlvReader::nested(bytes);
  int fields = 0;
  for (; reader.next(); ++fields) {
    EXPECT_FALSE(reader.u64());
    EXPECT_EQ(reader.number(), 0u);
  }
  EXPECT_EQ(fields, 3);
  EXPECT_FALSE(reader.status());
}

TEST(Tlv, AnIdOfAnotherLengthIsDamage) {
  const std::string right(Uuid::kSize, 'u'), shorter(Uuid::kSize - 1, 'u');
  for (const std::string& raw : {right, shorter}) {
    auto body = TlvWriter::nested();
    body.bytes(1, raw);
    const std::string bytes = std::move(body).take_body();
    auto reader = TlvReader::nested(bytes);
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.id<Uuid>().is_zero(), raw == shorter);
    EXPECT_EQ(reader.status().has_value(), raw == right);
  }
}

TEST(Tlv, EmptyRowUnderAnEmptyKey) {
  const std::string value = TlvWriter(7).finish("");
  EXPECT_EQ(value.size(), 5u);
  auto reader = TlvReader::open("", value);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->next());
  EXPECT_TRUE(reader->status());
}

}  // namespace
}  // namespace garage::codec
