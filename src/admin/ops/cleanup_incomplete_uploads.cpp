#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {

Task<Reply> cleanup_incomplete_uploads(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("bucketId"));
  CO_ADMIN_TRY(const auto older_than_s, fields.number("olderThanSecs"));
  if (!older_than_s) co_return invalid_request("`olderThanSecs` is missing");
  CO_ADMIN_TRY(const auto bucket, co_await bucket_by_id(context, id));
  const uint64_t now_ms = context.now_ms();
  const bool beyond_time = *older_than_s > now_ms / 1000;
  const uint64_t before_ms = beyond_time ? 0 : now_ms - *older_than_s * 1000;
  CO_ADMIN_TRY(const uint64_t deleted,
               co_await context.objects.abort_uploads(object::BucketRef::of(*bucket), before_ms));
  co_return Json::object({{"uploadsDeleted", deleted}});
}

}  // namespace garage::admin
