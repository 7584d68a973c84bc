#include "s3/copy_source.hpp"

#include "api/conditions.hpp"
#include "s3/bucket_owner.hpp"
#include "s3/known_settings.hpp"
#include "s3/version_id.hpp"

namespace garage::s3 {
namespace {

struct ParsedSource {
  std::string bucket;
  std::string key;
  std::optional<std::string> version;
};

// "[/]bucket/key[?versionId=ID]", percent-encoded; the parameter is split off before decoding, so that a key may hold a
// '?'.
api::ApiResult<ParsedSource> parse_source(std::string_view header) {
  const auto invalid = [] {
    return api::api_fail(api::ErrorCode::kInvalidArgument, "x-amz-copy-source must name a bucket and a key");
  };
  ParsedSource source;
  constexpr std::string_view kVersionParameter = "?versionId=";
  if (const size_t at = header.rfind(kVersionParameter); at != std::string_view::npos) {
    source.version = std::string(header.substr(at + kVersionParameter.size()));
    header = header.substr(0, at);
  }
  API_TRY(std::string path, api::decode_path(header));
  std::string_view rest = path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size()) return invalid();
  source.bucket = rest.substr(0, slash);
  source.key = rest.substr(slash + 1);
  if (source.key.size() > api::kKeyBytesMax) return api::api_fail(api::ErrorCode::kKeyTooLongError);
  return source;
}

}  // namespace

Task<api::ApiResult<CopySource>> find_copy_source(Call& call) {
  CO_API_TRY(ParsedSource parsed, parse_source(call.headers().get("x-amz-copy-source").value_or("")));
  CopySource source;
  source.bucket_name = std::move(parsed.bucket);
  source.key = std::move(parsed.key);
  CO_API_CHECK_OK(co_await confirm_settings(call.backend, call.key->id, source.bucket_name));
  call.directory = call.backend.settings.directory();
  call.key = call.directory->key(call.key->id);
  if (!call.key) co_return api::api_fail(api::ErrorCode::kInvalidAccessKeyId);
  CO_API_TRY(source.bucket, co_await find_bucket(call, source.bucket_name));
  CO_API_CHECK_OK(co_await require_right(call, source.bucket, source.bucket_name, Right::kRead));
  CO_API_CHECK_OK(check_expected_owner(call, *source.bucket, "x-amz-source-expected-bucket-owner"));
  if (parsed.version && *parsed.version != kNullVersion) co_return api::api_fail(api::ErrorCode::kNoSuchVersion);
  CO_API_TRY(auto object, co_await call.backend.objects.head(object::BucketRef::of(*source.bucket), source.key));
  if (!object) co_return api::api_fail(api::ErrorCode::kNoSuchKey);
  source.object = std::move(*object);
  CO_API_TRY(const auto conditions, api::copy_source_conditions(call.headers()));
  if (!conditions.empty() && api::evaluate(conditions, source.object.version.etag.text(),
                                           {source.object.modified_ms}) != api::ConditionOutcome::kProceed) {
    co_return api::api_fail(api::ErrorCode::kPreconditionFailed);
  }
  co_return source;
}

}  // namespace garage::s3
