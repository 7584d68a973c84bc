#include "http/http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "http/characters.hpp"

namespace garage::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr uint64_t kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z

// Takes one piece after another off the front of a text; once something did not match, nothing does.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    good_ = good_ && rest_.starts_with(expected);
    if (good_) rest_.remove_prefix(expected.size());
  }
  template <size_t N>
  int one_of(const std::array<std::string_view, N>& names) {
    for (size_t i = 0; i < N; ++i) {
      if (good_ && rest_.starts_with(names[i])) {
        rest_.remove_prefix(names[i].size());
        return static_cast<int>(i);
      }
    }
    good_ = false;
    return 0;
  }
  int number(size_t digits) {
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      good_ = good_ && !rest_.empty() && is_digit(rest_.front());
      if (!good_) return 0;
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool next_is(char c) const { return good_ && !rest_.empty() && rest_.front() == c; }
  bool finished() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct Fields {
  int year = 0;
  int month = 0;  // 0 is January
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void read_clock(Pieces& pieces, Fields& fields) {
  fields.hour = pieces.number(2);
  pieces.literal(":");
  fields.minute = pieces.number(2);
  pieces.literal(":");
  fields.second = pieces.number(2);
}

std::optional<WallTime> to_time(const Fields& f) {
  using namespace std::chrono;
  const year_month_day date(year(f.year), month(static_cast<unsigned>(f.month) + 1), day(static_cast<unsigned>(f.day)));
  // 60 is a leap second, which our time does not know: it is the second after 59.
  if (!date.ok() || f.year < 1970 || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;
  const auto seconds_of_day = hours(f.hour) + minutes(f.minute) + seconds(f.second);
  const auto since_epoch = sys_days(date).time_since_epoch() + seconds_of_day;
  return WallTime{static_cast<uint64_t>(duration_cast<milliseconds>(since_epoch).count())};
}

std::optional<WallTime> parse_usual(std::string_view text) {
  Pieces pieces(text);
  Fields fields;
  pieces.one_of(kDays);
  pieces.literal(", ");
  fields.day = pieces.number(2);
  pieces.literal(" ");
  fields.month = pieces.one_of(kMonths);
  pieces.literal(" ");
  fields.year = pieces.number(4);
  pieces.literal(" ");
  read_clock(pieces, fields);
  pieces.literal(" GMT");
  return pieces.finished() ? to_time(fields) : std::nullopt;
}

std::optional<WallTime> parse_rfc850(std::string_view text) {
  Pieces pieces(text);
  Fields fields;
  pieces.one_of(kLongDays);
  pieces.literal(", ");
  fields.day = pieces.number(2);
  pieces.literal("-");
  fields.month = pieces.one_of(kMonths);
  pieces.literal("-");
  const int year = pieces.number(2);
  fields.year = year < 70 ? 2000 + year : 1900 + year;
  pieces.literal(" ");
  read_clock(pieces, fields);
  pieces.literal(" GMT");
  return pieces.finished() ? to_time(fields) : std::nullopt;
}

std::optional<WallTime> parse_asctime(std::string_view text) {
  Pieces pieces(text);
  Fields fields;
  pieces.one_of(kDays);
  pieces.literal(" ");
  fields.month = pieces.one_of(kMonths);
  pieces.literal(" ");
  if (pieces.next_is(' ')) {
    pieces.literal(" ");
    fields.day = pieces.number(1);
  } else {
    fields.day = pieces.number(2);
  }
  pieces.literal(" ");
  read_clock(pieces, fields);
  pieces.literal(" ");
  fields.year = pieces.number(4);
  return pieces.finished() ? to_time(fields) : std::nullopt;
}

}  // namespace

std::string format_http_date(WallTime time) {
  using namespace std::chrono;
  const auto since_epoch = seconds(std::min(time.unix_ms / 1000, kLastSecond));
  const sys_days midnight(duration_cast<days>(since_epoch));
  const year_month_day date(midnight);
  const hh_mm_ss clock(since_epoch - midnight.time_since_epoch());
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(midnight).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  if (auto time = parse_usual(text)) return time;
  if (auto time = parse_rfc850(text)) return time;
  return parse_asctime(text);
}

std::string_view DateCache::text(WallTime now) {
  if (now.unix_ms / 1000 != second_) {
    second_ = now.unix_ms / 1000;
    text_ = format_http_date(now);
  }
  return text_;
}

}  // namespace garage::http
