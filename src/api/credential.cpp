#include "api/credential.hpp"

#include "codec/iso_time.hpp"
#include "http/http_date.hpp"

namespace garage::api {

std::optional<Credential> Credential::parse(std::string_view text) {
  // From the back: nothing is known about the characters of a key id.
  std::string_view fields[4];
  size_t end = text.size();
  for (int i = 3; i >= 0; --i) {
    const size_t slash = end == 0 ? text.npos : text.rfind('/', end - 1);
    if (slash == text.npos) return std::nullopt;
    fields[i] = text.substr(slash + 1, end - slash - 1);
    end = slash;
  }
  if (end == 0) return std::nullopt;
  return Credential{text.substr(0, end), text.substr(end + 1), fields[0], fields[1], fields[2], fields[3]};
}

ApiResult<void> check_scope(const Credential& credential, std::string_view date, const AuthContext& context,
                            ErrorCode error) {
  const bool region_ok = credential.region == context.region ||
                         (context.options.accept_us_east_1_alias && credential.region == "us-east-1");
  if (region_ok && credential.date == date && credential.service == "s3" && credential.terminator == "aws4_request") {
    return {};
  }
  std::string message = "Authorization header malformed, unexpected scope: '";
  message.append(credential.scope).append("', expected: '").append(date).append("/").append(context.region);
  message.append("/s3/aws4_request'");
  auto refusal = api_fail(error, std::move(message));
  refusal.error().region = context.region;
  // Who asks by HEAD learns it from nowhere else.
  refusal.error().headers.emplace_back("x-amz-bucket-region", context.region);
  return refusal;
}

ApiResult<std::shared_ptr<const KeyRecord>> find_key(const AuthContext& context, std::string_view key_id) {
  auto key = context.keys.find_key(key_id);
  if (!key) {
    auto refusal = api_fail(ErrorCode::kInvalidAccessKeyId);
    refusal.error().xml_extra.emplace_back("AWSAccessKeyId", key_id);
    return refusal;
  }
  if (key->expires_unix_ms && *key->expires_unix_ms <= context.ending_now().unix_ms) {
    return api_fail(ErrorCode::kAccessDenied, "The access key has expired.");
  }
  return key;
}

ApiResult<void> check_skew(WallTime time, std::string_view time_text, WallTime now) {
  const uint64_t apart = time > now ? time.unix_ms - now.unix_ms : now.unix_ms - time.unix_ms;
  if (apart <= kSkewMsMax) return {};
  auto refusal = api_fail(ErrorCode::kRequestTimeTooSkewed);
  auto& extra = refusal.error().xml_extra;
  extra.emplace_back("RequestTime", time_text);
  extra.emplace_back("ServerTime", codec::to_iso_time(now));
  extra.emplace_back("MaxAllowedSkewMilliseconds", std::to_string(kSkewMsMax));
  return refusal;
}

std::optional<WallTime> parse_request_time(std::string_view text) {
  if (text.size() == 16 && text.ends_with('Z')) return codec::parse_amz_date(text);
  for (const std::string_view zone : {" +0000", " -0000", " UTC"}) {
    if (text.ends_with(zone)) {
      return http::parse_http_date(std::string(text.substr(0, text.size() - zone.size())) + " GMT");
    }
  }
  return http::parse_http_date(text);
}

}  // namespace garage::api
