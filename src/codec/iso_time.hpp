// Two of the ways S3 writes a point in time, as pure arithmetic on the proleptic Gregorian calendar, UTC, without leap
// seconds.
//
//   iso_time   2006-02-03T16:45:09.000Z   XML and JSON bodies
//   amz_date   20130524T000000Z           signatures
//
// The third, that of headers, is in http/http_date.hpp.
//
// Formatting is defined for every WallTime: what lies behind the year 9999 is written as its last moment. Parsing
// checks every field's range and gives nothing before 1970 or for any other text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace garage::codec {

std::string to_iso_time(WallTime time);
std::string to_amz_date(WallTime time);

// Also accepts a date alone (midnight), a missing or other fraction (1 to 9 digits, cut to milliseconds), and an offset
// like +02:00 instead of Z.
std::optional<WallTime> parse_iso_time(std::string_view text);
std::optional<WallTime> parse_amz_date(std::string_view text);

}  // namespace garage::codec
