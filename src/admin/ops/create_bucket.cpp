#include <fmt/format.h>

#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

struct LocalAlias {
  std::string key_id, alias;
  model::Permission permission;
};

Task<AdminResult<std::optional<LocalAlias>>> read_local_alias(Context& context, const Json* value) {
  if (!value) co_return std::nullopt;
  const Fields fields(*value);
  LocalAlias out;
  CO_ADMIN_TRY(out.key_id, fields.required_text("accessKeyId"));
  CO_ADMIN_TRY(out.alias, fields.required_text("alias"));
  CO_ADMIN_TRY(out.permission, read_permission(fields.find("allow")));
  CO_ADMIN_TRY(const auto key, co_await key_by_id(context, out.key_id));
  const auto held = key->local_aliases.find(out.alias);
  if (held != key->local_aliases.end() && !context.settings.directory()->is_gone(held->second)) {
    co_return invalid_request(fmt::format("Alias {} already exists in the namespace of key {}", out.alias, out.key_id));
  }
  co_return out;
}

AdminError creation_error(const Error& error, const std::optional<LocalAlias>& local) {
  if (error.kind == ErrorKind::kNotFound && local) return no_such_key(local->key_id).error();
  if (error.kind == ErrorKind::kExists) return {"BucketAlreadyExists", 409, error.message};
  if (error.kind == ErrorKind::kInvalid) return {"InvalidBucketName", 400, error.message};
  return from(error);
}

}  // namespace

Task<Reply> create_bucket(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const Fields fields(request);
  CO_ADMIN_TRY(const auto global, fields.text("globalAlias"));
  CO_ADMIN_TRY(const auto local, co_await read_local_alias(context, fields.find("localAlias")));
  model::Bucket wanted;
  if (global) wanted.global_aliases.insert(*global);
  if (local) {
    wanted.local_aliases.emplace(local->key_id, local->alias);
    if (local->permission.any()) wanted.permissions[local->key_id] = local->permission;
    if (!global) wanted.creator = local->key_id;
  }
  const auto made = co_await context.settings.create_bucket(std::move(wanted));
  if (!made) co_return std::unexpected(creation_error(made.error(), local));
  co_return co_await changed_bucket_info(context, *made);
}

}  // namespace garage::admin
