#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {

namespace {

// An attempt before may have failed half way.
Task<Reply> finish(Context& context, std::string id, AdminError none) {
  const auto bucket = BucketId::from_hex(id);
  if (!bucket) co_return std::unexpected(none);
  auto names = co_await context.settings.finish_gone_bucket(*bucket);
  if (!names && names.error().kind == ErrorKind::kNotFound) co_return std::unexpected(none);
  CO_ADMIN_CHECK_OK(names);
  const object::BucketRef ref{.id = *bucket};
  CO_ADMIN_TRY(const uint64_t uploads, co_await context.objects.abort_uploads(ref, UINT64_MAX));
  if (!*names && uploads == 0) co_return std::unexpected(none);
  co_return Json();
}

}  // namespace

Task<Reply> delete_bucket(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  const auto found = co_await bucket_by_id(context, id);
  if (!found) co_return co_await finish(context, id, found.error());
  const Bucket& bucket = *found;
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
