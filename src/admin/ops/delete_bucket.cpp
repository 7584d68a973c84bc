#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {

Task<Reply> delete_bucket(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  CO_ADMIN_TRY(const auto bucket, bucket_by_id(*context.settings.directory(), id));
  const auto ref = object::BucketRef::of(*bucket);
  auto deleted = co_await context.objects.delete_bucket(context.settings, ref);
  if (!deleted && deleted.error().kind == ErrorKind::kExists) {
    co_return admin_fail("BucketNotEmpty", 409, "Tried to delete a non-empty bucket: " + bucket->display_name());
  }
  if (!deleted && deleted.error().kind == ErrorKind::kNotFound) co_return no_such_bucket(id);
  CO_ADMIN_CHECK_OK(deleted);
  co_return Json();
}

}  // namespace garage::admin
