#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {

Task<Reply> delete_bucket(Call& call) {
  const auto& bucket = *call.bucket;
  const std::string& name = call.address.bucket;
  auto& settings = call.backend.settings;
  // A bucket with other names only loses this one.
  const auto names = co_await settings.count_names(bucket.id);
  if (!names) co_return std::unexpected(api::from(names.error()));
  if (*names > 1) {
    const auto held = call.key->local_aliases.find(name);
    const bool local = held != call.key->local_aliases.end() && held->second == bucket.id;
    auto removing = local ? settings.remove_local_alias(bucket.id, call.key->id, name)
                          : settings.remove_global_alias(bucket.id, name);
    auto removed = co_await std::move(removing);
    if (!removed) co_return std::unexpected(api::from(removed.error()));
    co_return empty_reply(204);
  }
  auto deleted = co_await call.backend.objects.delete_bucket(settings, call.bucket_ref());
  if (deleted) co_return empty_reply(204);
  if (deleted.error().kind == ErrorKind::kExists) co_return api::api_fail(api::ErrorCode::kBucketNotEmpty);
  if (deleted.error().kind == ErrorKind::kNotFound) co_return api::api_fail(api::ErrorCode::kNoSuchBucket);
  if (deleted.error().kind == ErrorKind::kConflict) co_return api::api_fail(api::ErrorCode::kOperationAborted);
  co_return std::unexpected(api::from(deleted.error()));
}

}  // namespace garage::s3
