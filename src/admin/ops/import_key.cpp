#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {

Task<Reply> import_key(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("accessKeyId"));
  CO_ADMIN_TRY(auto secret, fields.required_text("secretAccessKey"));
  CO_ADMIN_TRY(const auto name, fields.text("name"));
  auto key = co_await context.settings.import_key(id, Secret(std::move(secret)), name.value_or("Imported key"));
  if (!key && key.error().kind == ErrorKind::kExists)
    co_return admin_fail("KeyAlreadyExists", 409, key.error().message);
  if (!key && key.error().kind == ErrorKind::kInvalid)
    co_return invalid_request("Invalid key format: " + key.error().message);
  CO_ADMIN_CHECK_OK(key);
  co_return key_info(*context.settings.directory(), *key, context.now_ms(), false);
}

}  // namespace garage::admin
