#include "cli/dates.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "codec/duration_text.hpp"
#include "codec/iso_time.hpp"

namespace garage::cli {
namespace {

constexpr int64_t kMinuteMs = 60'000;

struct LocalTime {
  std::string iso;  // as if the zone were UTC
  int offset_minutes = 0;
};

std::optional<LocalTime> to_local(const Session& session, std::string_view rfc3339) {
  const auto time = codec::parse_iso_time(rfc3339);
  if (!time) return std::nullopt;
  const int offset = session.utc_offset_minutes(time->unix_ms);
  const int64_t shifted = static_cast<int64_t>(time->unix_ms) + offset * kMinuteMs;
  return LocalTime{codec::to_iso_time({static_cast<uint64_t>(std::max<int64_t>(0, shifted))}), offset};
}

}  // namespace

std::string local_date(const Session& session, std::string_view rfc3339) {
  const auto local = to_local(session, rfc3339);
  return local ? local->iso.substr(0, 10) : std::string(rfc3339);
}

std::string local_time(const Session& session, std::string_view rfc3339) {
  const auto local = to_local(session, rfc3339);
  if (!local) return std::string(rfc3339);
  // 2006-02-03T16:45:09.000Z
  std::string fraction = local->iso.substr(19, 4);
  if (fraction == ".000") fraction.clear();
  const int offset = std::abs(local->offset_minutes);
  return fmt::format("{} {}{} {}{:02}:{:02}", local->iso.substr(0, 10), local->iso.substr(11, 8), fraction,
                     local->offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
}

Result<std::string> moment_after(const Session& session, std::string_view duration, std::string_view flag) {
  const auto parsed = codec::parse_duration(duration);
  if (!parsed) {
    return fail(ErrorKind::kInvalid,
                fmt::format("Invalid duration passed for {} parameter: {}", flag, parsed.error().message));
  }
  return codec::to_iso_time({session.now_ms + static_cast<uint64_t>(parsed->count())});
}

}  // namespace garage::cli
