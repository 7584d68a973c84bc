// AllowBucketKey, DenyBucketKey
#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

// Sets the flags of `which` to `value`, leaves the others.
Task<Reply> change_permission(Context& context, Json request, bool value) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto bucket_id, fields.required_text("bucketId"));
  CO_ADMIN_TRY(const auto key_id, fields.required_text("accessKeyId"));
  CO_ADMIN_TRY(const auto bucket, co_await bucket_by_id(context, bucket_id));
  CO_ADMIN_TRY([[maybe_unused]] const auto key, co_await key_by_id(context, key_id));
  if (!fields.has("permissions")) co_return invalid_request("`permissions` is missing");
  CO_ADMIN_TRY(const auto which, read_permission(fields.find("permissions")));
  auto edit = [key_id, which, value](model::Bucket& target) -> Result<void> {
    model::Permission permission = target.permission_of(key_id);
    if (which.read) permission.read = value;
    if (which.write) permission.write = value;
    if (which.owner) permission.owner = value;
    if (permission.any()) {
      target.permissions[key_id] = permission;
    } else {
      target.permissions.erase(key_id);
    }
    return {};
  };
  CO_ADMIN_CHECK_OK(co_await context.settings.edit_bucket(bucket->id, std::move(edit)));
  co_return co_await changed_bucket_info(context, bucket->id);
}

}  // namespace

Task<Reply> allow_bucket_key(Context& context, Json request) {
  return change_permission(context, std::move(request), true);
}

Task<Reply> deny_bucket_key(Context& context, Json request) {
  return change_permission(context, std::move(request), false);
}

}  // namespace garage::admin
