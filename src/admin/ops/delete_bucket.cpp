#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {

Task<Reply> delete_bucket(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  CO_ADMIN_TRY(const auto bucket, bucket_by_id(*context.settings.directory(), id));
  const auto ref = object::BucketRef::of(*bucket);
  auto guard = co_await context.objects.require_empty(ref);
  Result<void> deleted;
  if (guard) {
    deleted = co_await context.settings.delete_bucket(bucket->id, std::move(*guard));
  } else {
    deleted = std::unexpected(guard.error());
  }
  if (!deleted && deleted.error().kind == ErrorKind::kExists) {
    co_return admin_fail("BucketNotEmpty", 409, "Tried to delete a non-empty bucket: " + bucket->display_name());
  }
  if (!deleted && deleted.error().kind == ErrorKind::kNotFound) co_return no_such_bucket(id);
  CO_ADMIN_CHECK_OK(deleted);
  CO_ADMIN_TRY([[maybe_unused]] const auto aborted, co_await context.objects.abort_uploads(ref, UINT64_MAX));
  co_return Json();
}

}  // namespace garage::admin
