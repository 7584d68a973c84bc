// Dates as HTTP writes them, in whole seconds: "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace garage::http {

// Fractions of a second are cut off. Years beyond 9999 are written as the last second of 9999.
std::string format_http_date(WallTime time);

// The three forms of RFC 9110: the one above, "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". The name
// of the weekday is not compared with the date. nullopt for anything else and for dates before 1970.
std::optional<WallTime> parse_http_date(std::string_view text);

// The Date header of the current second, written once a second. One loop.
class DateCache {
 public:
  std::string_view text(WallTime now);

 private:
  uint64_t second_ = ~uint64_t{0};
  std::string text_;
};

}  // namespace garage::http
