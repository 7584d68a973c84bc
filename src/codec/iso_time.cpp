#include "codec/iso_time.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace garage::codec {
namespace {

constexpr int64_t kMsPerSecond = 1000, kMsPerMinute = 60'000, kMsPerHour = 3'600'000, kMsPerDay = 86'400'000;
constexpr uint64_t kLastMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

struct Civil {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0;
};

// Years are counted from March, so that the leap day is the last of its year and month lengths follow one formula; 400
// years are an era of 146097 days.
int64_t days_from_civil(int year, int month, int day) {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Civil civil_from_ms(uint64_t unix_ms) {
  const auto clamped = static_cast<int64_t>(std::min(unix_ms, kLastMs));
  const int64_t shifted = clamped / kMsPerDay + 719468;
  const int64_t era = shifted / 146097;
  const int64_t day_of_era = shifted % 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const int64_t of_day = clamped % kMsPerDay;
  Civil c;
  c.year = static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  c.month = static_cast<int>(month);
  c.day = static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1);
  c.hour = static_cast<int>(of_day / kMsPerHour);
  c.minute = static_cast<int>(of_day / kMsPerMinute % 60);
  c.second = static_cast<int>(of_day / kMsPerSecond % 60);
  c.ms = static_cast<int>(of_day % kMsPerSecond);
  return c;
}

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[static_cast<size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

std::optional<WallTime> from_civil(const Civil& c, int64_t offset_ms = 0) {
  if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > days_in_month(c.year, c.month)) return std::nullopt;
  if (c.hour > 23 || c.minute > 59 || c.second > 59) return std::nullopt;
  const int64_t ms = days_from_civil(c.year, c.month, c.day) * kMsPerDay + c.hour * kMsPerHour +
                     c.minute * kMsPerMinute + c.second * kMsPerSecond + c.ms - offset_ms;
  if (ms < 0) return std::nullopt;
  return WallTime{static_cast<uint64_t>(ms)};
}

void append_digits(std::string& out, int value, int width) {
  char digits[4];
  for (int i = width - 1; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<size_t>(width));
}

// Takes pieces from the front of a text; after the first mismatch every further step fails too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }
  bool next_is(char c) const { return ok_ && !rest_.empty() && rest_.front() == c; }

  void refuse() { ok_ = false; }

  int digits(size_t width) {
    int value = 0;
    if (rest_.size() < width) ok_ = false;
    for (size_t i = 0; ok_ && i < width; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') ok_ = false;
      value = value * 10 + (rest_[i] - '0');
    }
    if (!ok_) return 0;
    rest_.remove_prefix(width);
    return value;
  }

  void literal(std::string_view expected) {
    ok_ = ok_ && rest_.starts_with(expected);
    if (ok_) rest_.remove_prefix(expected.size());
  }

  // A fraction's digits, 1 to 9, as whole milliseconds.
  int fraction_ms() {
    int ms = 0;
    size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      if (count < 3) ms = ms * 10 + (rest_[count] - '0');
    }
    if (!ok_ || count == 0 || count > 9) {
      ok_ = false;
      return 0;
    }
    rest_.remove_prefix(count);
    for (; count < 3; ++count) ms *= 10;
    return ms;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// "Z" or "+hh:mm" or "-hh:mm".
int64_t scan_offset_ms(Scanner& in) {
  if (in.next_is('Z')) {
    in.literal("Z");
    return 0;
  }
  const bool west = in.next_is('-');
  in.literal(west ? "-" : "+");
  const int hours = in.digits(2);
  in.literal(":");
  const int minutes = in.digits(2);
  if (hours > 23 || minutes > 59) in.refuse();
  const int64_t offset = hours * kMsPerHour + minutes * kMsPerMinute;
  return west ? -offset : offset;
}

}  // namespace

std::string to_iso_time(WallTime time) {
  const Civil c = civil_from_ms(time.unix_ms);
  std::string out;
  out.reserve(24);
  append_digits(out, c.year, 4), out.push_back('-');
  append_digits(out, c.month, 2), out.push_back('-');
  append_digits(out, c.day, 2), out.push_back('T');
  append_digits(out, c.hour, 2), out.push_back(':');
  append_digits(out, c.minute, 2), out.push_back(':');
  append_digits(out, c.second, 2), out.push_back('.');
  append_digits(out, c.ms, 3), out.push_back('Z');
  return out;
}

std::string to_amz_date(WallTime time) {
  const Civil c = civil_from_ms(time.unix_ms);
  std::string out;
  out.reserve(16);
  append_digits(out, c.year, 4), append_digits(out, c.month, 2), append_digits(out, c.day, 2), out.push_back('T');
  append_digits(out, c.hour, 2), append_digits(out, c.minute, 2), append_digits(out, c.second, 2), out.push_back('Z');
  return out;
}

std::optional<WallTime> parse_iso_time(std::string_view text) {
  Scanner in(text);
  Civil c;
  c.year = in.digits(4), in.literal("-");
  c.month = in.digits(2), in.literal("-");
  c.day = in.digits(2);
  if (in.at_end()) return from_civil(c);
  in.literal("T");
  c.hour = in.digits(2), in.literal(":");
  c.minute = in.digits(2), in.literal(":");
  c.second = in.digits(2);
  if (in.next_is('.')) in.literal("."), c.ms = in.fraction_ms();
  const int64_t offset_ms = scan_offset_ms(in);
  if (!in.at_end()) return std::nullopt;
  return from_civil(c, offset_ms);
}

std::optional<WallTime> parse_amz_date(std::string_view text) {
  Scanner in(text);
  Civil c;
  c.year = in.digits(4), c.month = in.digits(2), c.day = in.digits(2), in.literal("T");
  c.hour = in.digits(2), c.minute = in.digits(2), c.second = in.digits(2), in.literal("Z");
  if (!in.at_end()) return std::nullopt;
  return from_civil(c);
}

}  // namespace garage::codec
