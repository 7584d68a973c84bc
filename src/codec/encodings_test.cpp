#include <gtest/gtest.h>

#include <utility>

#include "base/hex.hpp"
#include "codec/base64.hpp"
#include "codec/big_endian.hpp"
#include "codec/percent.hpp"
#include "codec/utf8.hpp"
#include "codec/varint.hpp"

namespace garage::codec {
namespace {

std::string all_bytes() {
  std::string out;
  for (int i = 0; i < 256; ++i) out.push_back(static_cast<char>(i));
  return out;
}

TEST(Base64, Rfc4648Vectors) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_EQ(to_base64url_nopad("\xfb\xff\xfe\x01"), "-__-AQ");
  EXPECT_EQ(to_base64("\xfb\xff\xfe"), "+//+");
}

TEST(Base64, RoundTripOfEveryLength) {
  const std::string bytes = all_bytes();
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const auto tail = std::string_view(bytes).substr(bytes.size() - size);
    ASSERT_EQ(from_base64(to_base64(tail)), tail);
  }
}

TEST(Base64, RefusesEverythingElse) {
  for (const auto* text : {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v====", "Zm=v", "Zg==Zg==", "Zm9 ",
                           "Zm9v\n", "-_-_", "Zh==", "Zm9="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

TEST(Percent, EncodesAllButTheUnreserved) {
  EXPECT_EQ(percent_encode("AZaz09-._~", false), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a/b c+d", false), "a%2Fb%20c%2Bd");
  EXPECT_EQ(percent_encode("a/b c*d", true), "a/b%20c%2Ad");
  EXPECT_EQ(percent_encode("\xc3\xa9", true), "%C3%A9");
}

TEST(Percent, RoundTrip) {
  const std::string bytes = all_bytes();
  EXPECT_EQ(percent_decode(percent_encode(bytes, false)), bytes);
  EXPECT_EQ(percent_decode(percent_encode(bytes, true)), bytes);
  EXPECT_EQ(percent_decode(percent_encode(bytes, false), true), bytes);
}

TEST(Percent, Decodes) {
  EXPECT_EQ(percent_decode("a%2fB%2F+c"), "a/B/+c");
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  for (const auto* text : {"%", "%2", "a%2g", "%g2", "%%41"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Percent, AppendingLeavesTheTargetAloneOnError) {
  std::string out = "x";
  EXPECT_TRUE(append_percent_decoded(out, "%41b"));
  EXPECT_EQ(out, "xAb");
  EXPECT_FALSE(append_percent_decoded(out, "ok%41%4"));
  EXPECT_EQ(out, "xAb");
}

TEST(Utf8, AcceptsEveryScalarValue) {
  std::string text;
  for (uint32_t c = 0; c <= 0x10FFFF; c += (c < 0x3000 ? 1 : 0xFFF)) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string one;
    append_utf8(one, c);
    ASSERT_TRUE(is_valid_utf8(one)) << c;
    ASSERT_EQ(utf8_sequence_bytes(one), one.size());
    text += one;
  }
  EXPECT_TRUE(is_valid_utf8(text));
  for (const uint32_t edge : {0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string one;
    append_utf8(one, edge);
    EXPECT_TRUE(is_valid_utf8(one)) << edge;
  }
}

TEST(Utf8, RefusesWhatIsNotStrict) {
  for (const auto* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3\x28"}) {
    EXPECT_FALSE(is_valid_utf8(text)) << to_hex(text);
    // Wherever it stands: the scan takes eight ASCII bytes at a time.
    for (size_t lead = 1; lead < 18; ++lead) EXPECT_FALSE(is_valid_utf8(std::string(lead, 'a') + text + "bbbbbbbbb"));
  }
}

TEST(Utf8, RepairsByteByByte) {
  EXPECT_EQ(repair_utf8("é\xe9t\xc3\xe2\x82"), "é\uFFFDt\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(repair_utf8("été 😀"), "été 😀");
  EXPECT_EQ(repair_utf8("\xff"), kReplacementCharacter);
}

TEST(BigEndian, RoundTripAndOrder) {
  std::string out;
  append_u16_be(out, 0x0102);
  append_u32_be(out, 0xfffefdfc);
  append_u64_be(out, 0x0102030405060708);
  EXPECT_EQ(to_hex(out), "0102fffefdfc0102030405060708");
  EXPECT_EQ(load_u32_be(out.data() + 2), 0xfffefdfcu);
  std::string_view in = out;
  EXPECT_EQ(take_u16_be(in), 0x0102);
  EXPECT_EQ(take_u32_be(in), 0xfffefdfcu);
  EXPECT_EQ(take_u64_be(in), 0x0102030405060708u);
  EXPECT_TRUE(in.empty());
  in = std::string_view(out).substr(0, 3);
  EXPECT_FALSE(take_u32_be(in));
  EXPECT_EQ(in.size(), 3u);
}

TEST(Varint, RoundTripAtEveryWidth) {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    const uint64_t power = bits == 64 ? 0 : uint64_t{1} << bits;
    for (const uint64_t value : {power - 1, power, power + 1}) {
      std::string bytes;
      append_varint(bytes, value);
      const size_t size = bytes.size();
      bytes += "rest";
      std::string_view in = bytes;
      ASSERT_EQ(take_varint(in), value);
      ASSERT_EQ(in, "rest");
      for (size_t cut = 0; cut < size; ++cut) {
        in = std::string_view(bytes).substr(0, cut);
        ASSERT_FALSE(take_varint(in)) << value << " cut at " << cut;
        ASSERT_EQ(in.size(), cut);
      }
    }
  }
}

TEST(Varint, RefusesAllButTheShortestForm) {
  for (const auto* hex : {"8000", "818000", "ff00", "ffffffffffffffffff02", "ffffffffffffffffff7f",
                          "80808080808080808080", "8080808080808080808001"}) {
    const std::string bytes = *from_hex(hex);
    std::string_view in = bytes;
    EXPECT_FALSE(take_varint(in)) << hex;
  }
}

}  // namespace
}  // namespace garage::codec
