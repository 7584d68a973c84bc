#include "net/message.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "codec/tlv.hpp"
#include "net/connection.hpp"

namespace garage::net {
namespace {

TEST(Message, HasTheseBytes) {
  EXPECT_EQ(to_hex(encode_request_head({"GetClusterStatus"})), "0110476574436c7573746572537461747573");
  EXPECT_EQ(to_hex(encode_error({ErrorKind::kNotFound, "no such key"})),
            "01096e6f745f666f756e64020b6e6f2073756368206b6579");
  EXPECT_EQ(to_hex(encode_request_head({.operation = "table/read", .time_left_ms = 1500, .body_bytes = 70})),
            "010a7461626c652f726561640202dc0b040146");
}

TEST(Message, ARequestSaysHowLongAndHowLarge) {
  const auto head =
      decode_request_head(encode_request_head({.operation = "A", .time_left_ms = 0, .body_bytes = UINT32_MAX}));
  EXPECT_EQ(head->time_left_ms, 0u);
  EXPECT_EQ(head->body_bytes, UINT32_MAX);
  EXPECT_FALSE(decode_request_head(encode_request_head({"A"}))->time_left_ms);
  auto writer = codec::TlvWriter::nested();
  writer.bytes(1, "A");
  writer.bytes(2, "");
  EXPECT_EQ(decode_request_head(writer.body()).error().kind, ErrorKind::kCorrupt);
}

TEST(Message, ARequestNamesTheSpanThatAsks) {
  const std::string span = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(decode_request_head(encode_request_head({.operation = "A", .traceparent = span}))->traceparent, span);
  EXPECT_EQ(decode_request_head(encode_request_head({.operation = "A"}))->traceparent, "");
}

TEST(Message, EveryKindOfErrorArrives) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::kInternal); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    const Error error = decode_error(encode_error({kind, "text"}));
    EXPECT_EQ(error.kind, kind);
    EXPECT_EQ(error.message, "text");
  }
}

TEST(Message, AnUnknownKindIsAnInternalErrorWithItsText) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(1, "from_the_future");
  writer.bytes(2, "text");
  const Error error = decode_error(writer.body());
  EXPECT_EQ(error.kind, ErrorKind::kInternal);
  EXPECT_EQ(error.message, "text");
}

TEST(Message, ADamagedErrorIsCorrupt) {
  EXPECT_EQ(decode_error("").kind, ErrorKind::kCorrupt);
  EXPECT_EQ(decode_error("\x01\x50zz").kind, ErrorKind::kCorrupt);
}

TEST(Message, ALongErrorIsCutBetweenCharacters) {
  std::string text = "x";
  while (text.size() < 2 * kErrorTextBytesMax) text += "\xe2\x82\xac";
  const Error error = decode_error(encode_error({ErrorKind::kIo, text}));
  EXPECT_LE(error.message.size(), kErrorTextBytesMax);
  EXPECT_GT(error.message.size(), kErrorTextBytesMax - 3);
  EXPECT_EQ(error.message.size() % 3, 1u);
}

TEST(Message, AnOperationHasAName) {
  EXPECT_EQ(decode_request_head(encode_request_head({"A"}))->operation, "A");
  EXPECT_TRUE(is_operation_name(std::string(kOperationBytesMax, 'a')));
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a\n"), std::string("\xc3\xa9"),
                                  std::string(kOperationBytesMax + 1, 'a')}) {
    EXPECT_EQ(decode_request_head(encode_request_head({name})).error().kind, ErrorKind::kCorrupt) << name;
  }
}

TEST(Message, ForeignTextIsMadeOneLine) {
  EXPECT_EQ(one_line("a\r\nb\x1b[31m\x7f"), "a??b?[31m?");
  EXPECT_LE(one_line(std::string(5000, 'a')).size(), 512u);
}

}  // namespace
}  // namespace garage::net
