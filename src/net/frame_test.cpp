#include "net/frame.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "net/frame_reader.hpp"
#include "net/testing/net_fixture.hpp"

namespace garage::net {
namespace {

constexpr FrameHead kHead{.stream = 7, .type = FrameType::kData, .priority = 2, .flags = 0x0102};
constexpr const char* kGolden = "000000050000000703020102473bedca68656c6c6f";

TEST(Frame, HasTheseBytes) {
  EXPECT_EQ(to_hex(encode_frame(kHead, "hello")), kGolden);
  EXPECT_EQ(to_hex(encode_frame({.stream = 1, .type = FrameType::kEnd}, {})), "0000000000000001040000006853eb02");
}

TEST(Frame, IsTakenFromTheFront) {
  const std::string bytes = *from_hex(kGolden) + "next";
  std::string_view in = bytes;
  const auto frame = take_frame(in);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->head, kHead);
  EXPECT_EQ((*frame)->payload, "hello");
  EXPECT_EQ(in, "next");
}

TEST(Frame, IsNotTakenWhileIncomplete) {
  const std::string bytes = *from_hex(kGolden);
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string_view in = std::string_view(bytes).substr(0, size);
    const auto frame = take_frame(in);
    ASSERT_TRUE(frame) << size;
    EXPECT_FALSE(*frame) << size;
    EXPECT_EQ(in.size(), size);
  }
}

TEST(Frame, DamagedInAnyBitIsRefused) {
  for (size_t bit = 0; bit < 8 * 21; ++bit) {
    std::string bytes = *from_hex(kGolden);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    std::string_view in = bytes;
    const auto frame = take_frame(in);
    // A larger length waits for more bytes, or is too large; it never gives a frame.
    EXPECT_FALSE(frame && *frame) << bit;
  }
}

TEST(Frame, HasBounds) {
  const std::string largest(kFramePayloadBytesMax, 'x');
  const std::string bytes = encode_frame(kHead, largest);
  std::string_view in = bytes;
  EXPECT_EQ((*take_frame(in))->payload, largest);

  std::string_view claims_more("\x00\x01\x00\x01\x00\x00\x00\x01\x03\x00\x00\x00\x00\x00\x00\x00", 16);
  EXPECT_EQ(take_frame(claims_more).error().kind, ErrorKind::kCorrupt);
}

TEST(Frame, OfAnUnknownTypeIsRefused) {
  for (const uint8_t type : {0, 9, 255}) {
    const std::string bytes = encode_frame({.stream = 1, .type = static_cast<FrameType>(type)}, "x");
    std::string_view in = bytes;
    EXPECT_EQ(take_frame(in).error().kind, ErrorKind::kCorrupt);
  }
}

using FrameReaderTest = testing::NetTest;

TEST_F(FrameReaderTest, CutsAStreamThatComesInCrumbs) {
  auto [ours, theirs] = testing::make_stream_pair();
  ours->in().read_bytes_max = 3;
  const std::string large(50'000, 'y');
  theirs->push(encode_frame(kHead, "one") + encode_frame(kHead, large) + encode_frame(kHead, {}));
  theirs->finish_writing();
  FrameReader reader(*ours, kFramePayloadBytesMax);
  EXPECT_EQ(loop_.run_until_done(reader.next(in(1s)))->payload, "one");
  EXPECT_EQ(loop_.run_until_done(reader.next(in(1s)))->payload, large);
  EXPECT_EQ(loop_.run_until_done(reader.next(in(1s)))->payload, "");
  EXPECT_EQ(loop_.run_until_done(reader.next(in(1s))).error().kind, ErrorKind::kClosed);
}

TEST_F(FrameReaderTest, GoesOnAfterADeadlineWithinAFrame) {
  auto [ours, theirs] = testing::make_stream_pair();
  const std::string bytes = encode_frame(kHead, "late");
  FrameReader reader(*ours, kFramePayloadBytesMax);
  theirs->push(bytes.substr(0, 18));
  EXPECT_EQ(loop_.run_until_done(reader.next(in(1s))).error().kind, ErrorKind::kTimeout);
  theirs->push(bytes.substr(18));
  EXPECT_EQ(loop_.run_until_done(reader.next(in(1s)))->payload, "late");
}

TEST_F(FrameReaderTest, TellsACutFrame) {
  auto [ours, theirs] = testing::make_stream_pair();
  theirs->push(encode_frame(kHead, "cut").substr(0, 18));
  theirs->finish_writing();
  FrameReader reader(*ours, kFramePayloadBytesMax);
  const auto cut = loop_.run_until_done(reader.next(in(1s)));
  EXPECT_EQ(cut.error().message, "the peer closed the connection within a frame");
}

TEST_F(FrameReaderTest, RefusesALargeFrameBeforeItsBytesCome) {
  auto [ours, theirs] = testing::make_stream_pair();
  theirs->push(encode_frame_head(kHead, std::string(101, 'x')));
  FrameReader reader(*ours, 100);
  EXPECT_EQ(loop_.run_until_done(reader.next(in(1s))).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace garage::net
