#include "http/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace garage::http {
namespace {

struct Decoded {
  std::string data;
  std::string error;
  bool finished = false;
  size_t used = 0;
  std::string trailers;  // "name=value;" for each
};

// Feeds `text` in pieces of `piece` bytes.
Decoded decode(std::string_view text, size_t piece) {
  ChunkDecoder decoder;
  Decoded out;
  while (out.used < text.size() && !decoder.finished()) {
    std::string_view in = text.substr(out.used, piece);
    if (decoder.data_left() > 0) {
      in = in.substr(0, std::min<uint64_t>(in.size(), decoder.data_left()));
      out.data.append(in);
      decoder.take_data(in.size());
      out.used += in.size();
      continue;
    }
    const auto used = decoder.step(in);
    if (!used) {
      out.error = used.error();
      return out;
    }
    out.used += *used;
  }
  out.finished = decoder.finished();
  for (const Header& field : decoder.trailers())
    out.trailers.append(field.name).append("=").append(field.value).append(";");
  return out;
}

TEST(ChunkDecoder, DecodesInPiecesOfAnySize) {
  const std::string body =
      "5\r\nhello\r\n1;ext=\"a b\";x\r\n \r\n0000000000000006\r\nworld!\r\n0\r\nX-Sum: abc \r\nx-b:\r\n\r\nNEXT";
  for (size_t piece = 1; piece < body.size() + 1; ++piece) {
    const Decoded out = decode(body, piece);
    EXPECT_EQ(out.error, "");
    EXPECT_EQ(out.data, "hello world!");
    EXPECT_TRUE(out.finished);
    EXPECT_EQ(body.substr(out.used), "NEXT");
    EXPECT_EQ(out.trailers, "x-sum=abc;x-b=;");
  }
}

TEST(ChunkDecoder, RefusesWhatIsNotExact) {
  const std::string trailers_max(ChunkDecoder::kTrailerBytesMax, 'x');
  for (const std::string& bad : {
           std::string("\r\n"),                         // no size
           std::string(";x\r\n"),                       // no size
           std::string("g\r\n"),                        // not hex
           std::string("-1\r\n"),                       // a sign
           std::string("0x5\r\nhello\r\n"),             // a prefix
           std::string(" 5\r\nhello\r\n"),              // a blank before
           std::string("5 \r\nhello\r\n"),              // a blank behind
           std::string("5\nhello\r\n"),                 // bare feed
           std::string("5\rhello\r\n"),                 // bare return
           std::string("5;a\nhello\r\n"),               // bare feed in an extension
           std::string("5;a\rb\r\nhello\r\n"),          // bare return in an extension
           std::string("5;a=\"b\r\nhello\r\n"),         // an open quote
           std::string("5;a=\"\\\"\r\nhello\r\n"),      // an open quote, the second one is escaped
           std::string("00000000000000005\r\nhello"),   // 17 digits
           std::string("ffffffffffffffff\r\n"),         // beyond all reason
           std::string("8000000000000000\r\n"),         // beyond the signed range
           std::string("5\r\nhelloX\r\n"),              // longer than its size
           std::string("5\r\nhello\n"),                 // data without a return
           std::string("5\r\nhello\rX"),                // data without a feed
           std::string("0\r\nX-A : b\r\n\r\n"),         // a bad trailer name
           std::string("0\r\nX-A: b\r\n c\r\n\r\n"),    // a folded trailer
           std::string("0\r\nX-A: b\nX: c\r\n\r\n"),    // a bare feed in a trailer
           std::string("0\r\nX-A: \x01\r\n\r\n"),       // a control byte in a trailer
           std::string("0\r\nnonsense\r\n\r\n"),        // a trailer without a colon
           "0\r\nX: " + trailers_max + "\r\n\r\n",      // too long
           "5;" + std::string(513, 'e') + "\r\nhello",  // an extension that is too long
       }) {
    const Decoded out = decode(bad, 7);
    EXPECT_NE(out.error, "") << bad.substr(0, 40);
    EXPECT_FALSE(out.finished) << bad.substr(0, 40);
  }
}

TEST(ChunkDecoder, BoundsExtensionsByTheDataTheyComeWith) {
  std::string body;
  for (int i = 0; i < 100; ++i) body += "1;" + std::string(500, 'e') + "\r\nx\r\n";
  EXPECT_NE(decode(body, 1000).error, "");
  std::string fair;
  for (int i = 0; i < 100; ++i) fair += "200;" + std::string(500, 'e') + "\r\n" + std::string(0x200, 'x') + "\r\n";
  EXPECT_EQ(decode(fair, 1000).error, "");
}

TEST(ChunkDecoder, BoundsTheNumberOfTrailers) {
  std::string body = "0\r\n";
  for (size_t i = 0; i < ChunkDecoder::kTrailerFieldsMax; ++i) body += "a:\r\n";
  EXPECT_TRUE(decode(body + "\r\n", 1000).finished);
  EXPECT_NE(decode(body + "a:\r\n\r\n", 1000).error, "");
}

TEST(ChunkDecoder, StartsAfreshAfterReset) {
  ChunkDecoder decoder;
  ASSERT_TRUE(decoder.step("0\r\nX: y\r\n\r\n"));
  ASSERT_TRUE(decoder.finished());
  EXPECT_EQ(decoder.trailers().get("x"), "y");
  decoder.reset();
  EXPECT_FALSE(decoder.finished());
  EXPECT_EQ(decoder.trailers().size(), 0u);
  ASSERT_TRUE(decoder.step("3\r\n"));
  EXPECT_EQ(decoder.data_left(), 3u);
}

}  // namespace
}  // namespace garage::http
