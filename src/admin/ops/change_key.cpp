// CreateKey, UpdateKey: they share the shape of their body.
#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

// What a body changes: nullopt keeps.
struct KeyChanges {
  std::optional<std::string> name;
  std::optional<std::optional<uint64_t>> expires_ms;
  std::optional<bool> may_create_buckets;
};

AdminResult<bool> read_create_bucket(const Fields& fields, std::string_view name) {
  const Json* value = fields.find(name);
  if (!value) return false;
  ADMIN_TRY(const auto flag, Fields(*value).flag("createBucket"));
  return flag.value_or(false);
}

AdminResult<KeyChanges> read_changes(const Fields& fields) {
  KeyChanges out;
  ADMIN_TRY(out.name, fields.text("name"));
  ADMIN_TRY(out.expires_ms, read_expiration(fields));
  ADMIN_TRY(const bool allow, read_create_bucket(fields, "allow"));
  ADMIN_TRY(const bool deny, read_create_bucket(fields, "deny"));
  if (allow) out.may_create_buckets = true;
  if (deny) out.may_create_buckets = false;
  return out;
}

model::Settings::KeyEdit edit_of(KeyChanges changes) {
  return [changes = std::move(changes)](model::AccessKey& key) -> Result<void> {
    if (changes.name) key.name = *changes.name;
    if (changes.expires_ms) key.expires_ms = *changes.expires_ms;
    if (changes.may_create_buckets) key.may_create_buckets = *changes.may_create_buckets;
    return {};
  };
}

}  // namespace

Task<Reply> create_key(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  CO_ADMIN_TRY(KeyChanges changes, read_changes(Fields(request)));
  CO_ADMIN_TRY(const model::AccessKey key,
               co_await context.settings.create_key(changes.name.value_or("Unnamed key"),
                                                    changes.expires_ms.value_or(std::nullopt),
                                                    changes.may_create_buckets.value_or(false)));
  co_return key_info(*context.settings.directory(), key, context.now_ms(), true);
}

Task<Reply> update_key(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  CO_ADMIN_TRY(KeyChanges changes, read_changes(fields));
  auto edited = co_await context.settings.edit_key(id, edit_of(std::move(changes)));
  if (!edited && edited.error().kind == ErrorKind::kNotFound) co_return no_such_key(id);
  CO_ADMIN_CHECK_OK(edited);
  co_return key_info(*context.settings.directory(), *edited, context.now_ms(), false);
}

}  // namespace garage::admin
