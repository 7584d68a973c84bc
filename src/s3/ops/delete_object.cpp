#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/version_id.hpp"
#include "s3/write_condition.hpp"

namespace garage::s3 {

Task<Reply> delete_object(Call& call) {
  const auto version = require_null_version(call);
  // Deleting a version that is not there succeeds.
  if (!version && version.error().code == api::ErrorCode::kNoSuchVersion) co_return empty_reply(204);
  CO_API_CHECK_OK(version);
  CO_API_TRY(const auto demands, delete_demands(call.headers()));
  object::RemoveRequest request{call.bucket_ref(), call.address.key, to_condition(demands)};
  auto removed = co_await call.backend.objects.remove(std::move(request));
  if (!removed) co_return std::unexpected(api::from(removed.error()));
  co_return empty_reply(204);
}

}  // namespace garage::s3
