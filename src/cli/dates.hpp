// Points in time, as people at this terminal read them. The daemon speaks of them as RFC 3339 text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/session.hpp"

namespace garage::cli {

// "2025-06-14"; the text itself where it is no date.
std::string local_date(const Session& session, std::string_view rfc3339);
// "2025-06-14 12:11:12.345 +02:00", without the fraction where it is zero.
std::string local_time(const Session& session, std::string_view rfc3339);

// The moment that lies `duration` ("30d") from now, as RFC 3339. The error names the flag.
Result<std::string> moment_after(const Session& session, std::string_view duration, std::string_view flag);

}  // namespace garage::cli
