#include "codec/iso_time.hpp"

#include <gtest/gtest.h>

namespace garage::codec {
namespace {

TEST(IsoTime, KnownPoints) {
  const WallTime t{1138985109000};
  EXPECT_EQ(to_iso_time(t), "2006-02-03T16:45:09.000Z");
  EXPECT_EQ(to_amz_date(WallTime{1369353600999}), "20130524T000000Z");
  EXPECT_EQ(to_iso_time(WallTime{0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso_time(WallTime{951827696789}), "2000-02-29T12:34:56.789Z");
  EXPECT_EQ(parse_iso_time("2006-02-03T16:45:09.000Z"), t);
  EXPECT_EQ(parse_amz_date("20130524T000000Z"), WallTime{1369353600000});
}

TEST(IsoTime, FormattingIsDefinedForEveryNumber) {
  EXPECT_EQ(to_iso_time(WallTime{253402300799999}), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso_time(WallTime{253402300800000}), "9999-12-31T23:59:59.999Z");
}

// Counting days one at a time is the oracle for the arithmetic.
TEST(IsoTime, EveryDayOfEightCenturies) {
  int year = 1970, month = 1, day = 1;
  for (uint64_t n = 0; year < 2770; ++n) {
    const WallTime time{n * 86'400'000 + 3'723'004};
    char expected[32];
    std::snprintf(expected, sizeof expected, "%04d-%02d-%02dT01:02:03.004Z", year, month, day);
    ASSERT_EQ(to_iso_time(time), expected);
    ASSERT_EQ(parse_iso_time(expected), time);
    ASSERT_EQ(parse_amz_date(to_amz_date(time)), WallTime{time.unix_ms - 4});
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (++day > lengths[month - 1]) day = 1, ++month;
    if (month > 12) month = 1, ++year;
  }
}

TEST(IsoTime, AcceptsTheVariants) {
  const WallTime midnight{1136073600000};
  EXPECT_EQ(parse_iso_time("2006-01-01"), midnight);
  EXPECT_EQ(parse_iso_time("2006-01-01T00:00:00Z"), midnight);
  EXPECT_EQ(parse_iso_time("2006-01-01T00:00:00.1Z"), WallTime{midnight.unix_ms + 100});
  EXPECT_EQ(parse_iso_time("2006-01-01T00:00:00.123456789Z"), WallTime{midnight.unix_ms + 123});
  EXPECT_EQ(parse_iso_time("2006-01-01T02:30:00+02:30"), midnight);
  EXPECT_EQ(parse_iso_time("2005-12-31T19:00:00.000-05:00"), midnight);
}

TEST(IsoTime, RefusesEverythingElse) {
  for (const auto* text : {"",
                           "2006",
                           "2006-01",
                           "2006-13-01",
                           "2006-00-01",
                           "2006-01-00",
                           "2006-01-32",
                           "2005-02-29",
                           "1900-02-29",
                           "2006-1-1",
                           "2006-01-01 00:00:00Z",
                           "2006-01-01T24:00:00Z",
                           "2006-01-01T00:60:00Z",
                           "2006-01-01T00:00:60Z",
                           "2006-01-01T00:00:00",
                           "2006-01-01T00:00:00.Z",
                           "2006-01-01T00:00:00.1234567890Z",
                           "2006-01-01T00:00:00Zx",
                           "2006-01-01T00:00:00+24:00",
                           "2006-01-01T00:00:00+0100",
                           "2006-01-01T00:00:00*01:00",
                           "1969-12-31",
                           "1970-01-01T00:00:00+01:00",
                           "-006-01-01",
                           "+006-01-01",
                           "2006-01-01T"}) {
    EXPECT_FALSE(parse_iso_time(text)) << text;
  }
  for (const auto* text : {"", "20130524T000000", "20130524T000000z", "20130524 000000Z", "20130524T250000Z",
                           "20131324T000000Z", "2013-05-24T00:00:00Z", "20130524T000000Z0"}) {
    EXPECT_FALSE(parse_amz_date(text)) << text;
  }
}

}  // namespace
}  // namespace garage::codec
