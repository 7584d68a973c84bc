// Sizes and durations as people write them.
#include <gtest/gtest.h>

#include "codec/byte_size.hpp"
#include "codec/duration_text.hpp"

namespace garage::codec {
namespace {

using namespace std::chrono_literals;

TEST(ByteSize, ReadsBothFamiliesOfUnits) {
  EXPECT_EQ(parse_byte_size("0").value(), 0u);
  EXPECT_EQ(parse_byte_size("1048576").value(), 1048576u);
  EXPECT_EQ(parse_byte_size("1M").value(), 1'000'000u);
  EXPECT_EQ(parse_byte_size("1MiB").value(), 1u << 20);
  EXPECT_EQ(parse_byte_size("1.5 gib").value(), 3u << 29);
  EXPECT_EQ(parse_byte_size(".5k").value(), 500u);
  EXPECT_EQ(parse_byte_size("12B").value(), 12u);
  EXPECT_EQ(parse_byte_size("2T").value(), 2'000'000'000'000u);
  EXPECT_EQ(parse_byte_size("15EiB").value(), 15ull << 60);
  EXPECT_EQ(parse_byte_size("1.9999999999999999999999B").value(), 1u);
  EXPECT_EQ(parse_byte_size("18446744073709551615").value(), UINT64_MAX);
}

TEST(ByteSize, RefusesWhatIsNoSize) {
  for (const char* text : {"", " ", "1.5", "1.", ".", "-1", "1X", "1iB", "ten", "1 ", "1MBs", "16EiB",
                           "18446744073709551616", "99999E", "1,5M", "10%"}) {
    EXPECT_FALSE(parse_byte_size(text)) << text;
  }
}

TEST(ByteSize, WritesOneDecimalAndTheRightUnit) {
  EXPECT_EQ(binary_size(0), "0 B");
  EXPECT_EQ(binary_size(1023), "1023 B");
  EXPECT_EQ(binary_size(1024), "1.0 KiB");
  EXPECT_EQ(binary_size(100'000'000'000), "93.1 GiB");
  EXPECT_EQ(binary_size((1u << 20) - 1), "1.0 MiB");
  EXPECT_EQ(binary_size(UINT64_MAX), "16.0 EiB");
  EXPECT_EQ(decimal_size(999), "999 B");
  EXPECT_EQ(decimal_size(999'999), "1.0 MB");
  EXPECT_EQ(decimal_size(1'000'000'000), "1.0 GB");
  EXPECT_EQ(both_sizes(5'000'000), "5.0 MB (4.8 MiB)");
  EXPECT_EQ(both_sizes(1500), "1.5 kB (1.5 KiB)");
  EXPECT_EQ(both_sizes(0), "0 B (0 B)");
}

TEST(DurationText, SumsItsParts) {
  EXPECT_EQ(parse_duration("6h").value(), 6h);
  EXPECT_EQ(parse_duration("3600").value(), 1h);
  EXPECT_EQ(parse_duration("1.5h").value(), 90min);
  EXPECT_EQ(parse_duration("1 day 2 hours").value(), 26h);
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("+3d").value(), 72h);
  EXPECT_EQ(parse_duration("1w2d").value(), 9 * 24h);
  EXPECT_EQ(parse_duration("1d1d").value(), 48h);
  EXPECT_EQ(parse_duration("0").value(), 0ms);
  EXPECT_EQ(parse_duration("1M").value(), 2'629'800s);
  EXPECT_EQ(parse_duration("1y").value(), 31'557'600s);
  EXPECT_EQ(parse_duration("1500us").value(), 1ms);
  EXPECT_EQ(parse_duration("5 µs 2 ms").value(), 2ms);
}

TEST(DurationText, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "  ", "-1h", "1h-1m", "1ns", "1hrs", "1mo", "1S", "1H", "1h,2m", "1e3s", "1h ago",
                           "infinity", "1000000y", "1h 5", "h", "1..5h", "99999999999999999999999999999999999999"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("-1h").error().message, "Number was negative");
}

}  // namespace
}  // namespace garage::codec
