#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

struct LocalAlias {
  std::string key_id, alias;
  model::Permission permission;
};

AdminResult<std::optional<LocalAlias>> read_local_alias(const model::Directory& directory, const Json* value) {
  if (!value) return std::nullopt;
  const Fields fields(*value);
  LocalAlias out;
  ADMIN_TRY(out.key_id, fields.required_text("accessKeyId"));
  ADMIN_TRY(out.alias, fields.required_text("alias"));
  ADMIN_TRY(out.permission, read_permission(fields.find("allow")));
  ADMIN_TRY([[maybe_unused]] const auto key, key_by_id(directory, out.key_id));
  return out;
}

AdminError creation_error(const Error& error) {
  if (error.kind == ErrorKind::kExists) return {"BucketAlreadyExists", 409, error.message};
  if (error.kind == ErrorKind::kInvalid) return {"InvalidBucketName", 400, error.message};
  return from(error);
}

}  // namespace

Task<Reply> create_bucket(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const Fields fields(request);
  CO_ADMIN_TRY(const auto global, fields.text("globalAlias"));
  CO_ADMIN_TRY(const auto local, read_local_alias(*context.settings.directory(), fields.find("localAlias")));
  if (!global && !local) co_return invalid_request("A bucket needs a name: give globalAlias or localAlias");
  auto making = global ? context.settings.create_bucket(*global, "", 8)
                       : context.settings.create_local_bucket(local->key_id, local->alias);
  auto made = co_await std::move(making);
  if (!made) co_return std::unexpected(creation_error(made.error()));
  if (local) {
    if (global) {
      auto named = co_await context.settings.add_local_alias(*made, local->key_id, local->alias);
      if (!named) co_return std::unexpected(from(named.error()));
    }
    CO_ADMIN_CHECK_OK(co_await context.settings.set_permission(*made, local->key_id, local->permission));
  }
  co_return co_await bucket_info(context, *made);
}

}  // namespace garage::admin
