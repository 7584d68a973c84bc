// ListKeys, GetKeyInfo, DeleteKey
#include "admin/fields.hpp"
#include "admin/paging.hpp"
#include "admin/render.hpp"

namespace garage::admin {

Task<Reply> list_keys(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  CO_ADMIN_TRY(const Page page, read_page(request, kPageMax));
  Json out = Json::array();
  const auto add = [&](const Key& key) {
    out.push_back(Json::object({{"id", key->id},
                                {"name", key->name},
                                {"created", date(key->created_ms)},
                                {"expiration", date_or_null(key->expires_ms)},
                                {"expired", key->expired(context.now_ms())}}));
  };
  for_page(
      page, context.settings.directory()->keys(), [](const Key& key) -> const std::string& { return key->id; }, add);
  co_return out;
}

Task<Reply> get_key_info(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const Fields fields(request);
  CO_ADMIN_TRY(const Sought sought, read_sought(fields));
  CO_ADMIN_TRY(const auto show_secret, fields.flag("showSecretKey"));
  auto looking = sought.id ? key_by_id(context, *sought.id) : search_key(context, *sought.search);
  CO_ADMIN_TRY(const Key key, co_await std::move(looking));
  co_return key_info(*context.settings.directory(), *key, context.now_ms(), show_secret.value_or(false));
}

Task<Reply> delete_key(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  auto deleted = co_await context.settings.delete_key(id);
  if (!deleted && deleted.error().kind == ErrorKind::kNotFound) co_return no_such_key(id);
  CO_ADMIN_CHECK_OK(deleted);
  co_return Json();
}

}  // namespace garage::admin
