#include "s3/known_settings.hpp"

#include <utility>

#include "telemetry/span.hpp"

namespace garage::s3 {
namespace {

constexpr std::string_view kCutOff = "This node has lost sight of the others, and cannot tell what is still allowed.";

// One look into the snapshot: the name, then the bucket.
std::shared_ptr<const model::Bucket> look(const Call& call, std::string_view name) {
  const telemetry::Span alias_span("bucket_alias", " get");
  const telemetry::Span bucket_span("bucket_v2", " get");
  return call.directory->resolve_bucket(name, call.key.get());
}

}  // namespace

Task<api::ApiResult<void>> confirm_settings(Backend& backend, std::string key_id, std::string bucket_name) {
  if (backend.settings.is_fresh()) co_return api::ApiResult<void>();
  const bool confirmed = co_await backend.settings.confirm(std::move(key_id), std::move(bucket_name));
  if (!confirmed) co_return api::api_fail(api::ErrorCode::kServiceUnavailable, std::string(kCutOff));
  co_return api::ApiResult<void>();
}

Task<api::ApiResult<std::shared_ptr<const model::Bucket>>> find_bucket(Call& call, std::string name) {
  auto bucket = look(call, name);
  if (!bucket) {
    const auto found = co_await call.backend.settings.look_for_bucket(name);
    if (!found) co_return std::unexpected(api::from(found.error()));
    call.directory = call.backend.settings.directory();
    bucket = call.directory->resolve_bucket(name, call.key.get());
  }
  if (!bucket) {
    api::ApiError error = api::make_error(api::ErrorCode::kNoSuchBucket);
    error.bucket = std::move(name);
    co_return std::unexpected(std::move(error));
  }
  co_return std::move(bucket);
}

}  // namespace garage::s3
