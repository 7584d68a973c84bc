// Internal to api: the credential of signature V4, "<key id>/<yyyymmdd>/<region>/<service>/aws4_request", and the
// checks that all forms of the signature share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/authenticate.hpp"
#include "api/error.hpp"
#include "base/time.hpp"

namespace garage::api {

// Views into the text it was read from.
struct Credential {
  std::string_view key_id;
  std::string_view scope;  // all behind the key id
  std::string_view date;
  std::string_view region;
  std::string_view service;
  std::string_view terminator;

  static std::optional<Credential> parse(std::string_view text);
};

// Date, region, service and terminator are ours; `error` is the code to refuse with, which then names our region.
ApiResult<void> check_scope(const Credential& credential, std::string_view date, const AuthContext& context,
                            ErrorCode error);

// The key exists and has not expired.
ApiResult<std::shared_ptr<const KeyRecord>> find_key(const AuthContext& context, std::string_view key_id);

constexpr uint64_t kSkewMsMax = 15 * 60 * 1000;

// RequestTimeTooSkewed if `time` is too far from now, on either side. `time_text` is as the client wrote it.
ApiResult<void> check_skew(WallTime time, std::string_view time_text, WallTime now);

// A date of a request in any form that clients use: yyyymmddThhmmssZ, HTTP dates, or an HTTP date with +0000 or UTC for
// GMT.
std::optional<WallTime> parse_request_time(std::string_view text);

}  // namespace garage::api
