#include "s3/known_settings.hpp"

#include <optional>
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

// The replicas of a row were asked: the call goes on by the settings as they say.
template <class T>
api::ApiResult<void> hear(Call& call, const Result<T>& answer) {
  if (!answer) return std::unexpected(api::from(answer.error()));
  call.directory = call.backend.settings.directory();
  return {};
}

// What the name means by the caller's key, or as an id, whether or not there is such a bucket.
std::optional<BucketId> id_meant(const Call& call, const std::string& name) {
  if (call.key) {
    const auto local = call.key->local_aliases.find(name);
    if (local != call.key->local_aliases.end()) return local->second;
  }
  return BucketId::from_hex(name);
}

// Of names that may be the key's own, or an id.
Task<api::ApiResult<std::shared_ptr<const model::Bucket>>> look_further(Call& call, std::string name) {
  if (!call.key) co_return nullptr;
  CO_API_CHECK_OK(co_await look_at_key_again(call));
  auto bucket = look(call, name);
  const auto id = id_meant(call, name);
  if (bucket || !id) co_return std::move(bucket);
  const auto asked = co_await call.backend.settings.ask_about_bucket(*id);
  CO_API_CHECK_OK(hear(call, asked));
  co_return look(call, name);
}

bool allows(const model::Permission& permission, Right right) {
  switch (right) {
    case Right::kAnySigned:
      return true;
    case Right::kRead:
      return permission.read || permission.owner;
    case Right::kWrite:
    case Right::kWriteByForm:
      return permission.write || permission.owner;
    case Right::kOwner:
      return permission.owner;
  }
  return false;
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
    CO_API_CHECK_OK(hear(call, found));
    bucket = call.directory->resolve_bucket(name, call.key.get());
  }
  if (!bucket) {
    CO_API_TRY(bucket, co_await look_further(call, name));
  }
  if (!bucket) {
    api::ApiError error = api::make_error(api::ErrorCode::kNoSuchBucket);
    error.bucket = std::move(name);
    co_return std::unexpected(std::move(error));
  }
  co_return std::move(bucket);
}

Task<api::ApiResult<void>> require_right(Call& call, std::shared_ptr<const model::Bucket>& bucket, std::string name,
                                         Right right) {
  if (allows(bucket->permission_of(call.key->id), right)) co_return api::ApiResult<void>();
  CO_API_CHECK_OK(co_await look_at_key_again(call));
  const auto named = co_await call.backend.settings.look_for_bucket(name);
  CO_API_CHECK_OK(hear(call, named));
  CO_API_TRY(bucket, co_await find_bucket(call, std::move(name)));
  const auto asked = co_await call.backend.settings.ask_about_bucket(bucket->id);
  CO_API_CHECK_OK(hear(call, asked));
  if (auto current = call.directory->bucket(bucket->id)) bucket = std::move(current);
  if (allows(bucket->permission_of(call.key->id), right)) co_return api::ApiResult<void>();
  co_return api::api_fail(api::ErrorCode::kAccessDenied);
}

Task<api::ApiResult<void>> look_at_key_again(Call& call) {
  const auto asked = co_await call.backend.settings.ask_about_key(call.key->id);
  CO_API_CHECK_OK(hear(call, asked));
  call.key = call.directory->key(call.key->id);
  if (!call.key) co_return api::api_fail(api::ErrorCode::kInvalidAccessKeyId);
  co_return api::ApiResult<void>();
}

}  // namespace garage::s3
