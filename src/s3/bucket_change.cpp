#include "s3/bucket_change.hpp"

#include "s3/reply.hpp"

namespace garage::s3 {

Task<Reply> change_bucket(Call& call, model::Settings::BucketEdit edit, int status) {
  const auto edited = co_await call.backend.settings.edit_bucket(call.bucket->id, std::move(edit));
  if (edited) co_return empty_reply(status);
  if (edited.error().kind == ErrorKind::kNotFound) co_return api::api_fail(api::ErrorCode::kNoSuchBucket);
  co_return std::unexpected(api::from(edited.error()));
}

}  // namespace garage::s3
