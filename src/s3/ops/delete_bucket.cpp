#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {

Task<Reply> delete_bucket(Call& call) {
  const auto& bucket = *call.bucket;
  const std::string& name = call.address.bucket;
  auto& settings = call.backend.settings;
  // A bucket with other names only loses this one.
  if (bucket.global_aliases.size() + bucket.local_aliases.size() > 1) {
    const bool local = call.key->local_aliases.contains(name);
    auto removed = local ? co_await settings.remove_local_alias(bucket.id, call.key->id, name)
                         : co_await settings.remove_global_alias(bucket.id, name);
    if (!removed) co_return std::unexpected(api::from(removed.error()));
    co_return empty_reply(204);
  }
  object::ListQuery any;
  any.bucket = bucket.id;
  any.spread = bucket.spread;
  any.items_max = 1;
  CO_API_TRY(const auto page, co_await call.backend.objects.list(std::move(any)));
  if (!page.objects.empty() || !page.common_prefixes.empty()) co_return api::api_fail(api::ErrorCode::kBucketNotEmpty);
  auto deleted = co_await settings.delete_bucket(bucket.id);
  if (deleted) co_return empty_reply(204);
  if (deleted.error().kind == ErrorKind::kNotFound) co_return api::api_fail(api::ErrorCode::kNoSuchBucket);
  co_return std::unexpected(api::from(deleted.error()));
}

}  // namespace garage::s3
