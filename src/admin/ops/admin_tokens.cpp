// ListAdminTokens, GetAdminTokenInfo, GetCurrentAdminTokenInfo, DeleteAdminToken
#include <fmt/format.h>

#include "admin/fields.hpp"
#include "admin/paging.hpp"
#include "admin/render.hpp"
#include "admin/search.hpp"
#include "admin/token_info.hpp"

namespace garage::admin {
namespace {

Json configured_info(std::string_view name, std::string_view scope) {
  return Json::object({{"id", nullptr},
                       {"created", nullptr},
                       {"name", fmt::format("{} (from daemon configuration)", name)},
                       {"expiration", nullptr},
                       {"expired", false},
                       {"scope", Json::array({scope})}});
}

}  // namespace

std::unexpected<AdminError> no_such_token(std::string_view id) {
  return admin_fail("NoSuchAdminToken", 404, fmt::format("Admin token not found: {}", id));
}

Json token_info(const model::AdminToken& token, uint64_t now_ms) {
  Json scope = Json::array();
  for (const auto& name : token.scope) scope.push_back(name);
  return Json::object({{"id", token.id},
                       {"created", date(token.created_ms)},
                       {"name", token.name},
                       {"expiration", date_or_null(token.expires_ms)},
                       {"expired", token.expired(now_ms)},
                       {"scope", std::move(scope)}});
}

Task<Reply> list_admin_tokens(Context& context, Json request) {
  CO_ADMIN_TRY(const Page page, read_page(request, kPageMax));
  Json out = Json::array();
  if (context.tokens != nullptr && page.offset.empty()) {
    const ConfiguredTokens& configured = context.tokens->configured();
    if (configured.admin_token) out.push_back(configured_info("admin_token", "*"));
    if (configured.metrics_token) out.push_back(configured_info("metrics_token", "Metrics"));
  }
  for_page(
      page, context.settings.directory()->admin_tokens(),
      [](const Token& token) -> const std::string& { return token->id; },
      [&](const Token& token) { out.push_back(token_info(*token, context.now_ms())); });
  co_return out;
}

Task<Reply> get_admin_token_info(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  const Fields fields(request);
  CO_ADMIN_TRY(const Sought sought, read_sought(fields));
  auto looking = sought.id ? token_by_id(context, *sought.id) : search_token(context, *sought.search);
  CO_ADMIN_TRY(const Token token, co_await std::move(looking));
  co_return token_info(*token, context.now_ms());
}

// {"admin_token": ...}: over HTTP the bearer token.
Task<Reply> get_current_admin_token_info(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(auto token, fields.text("admin_token"));
  if (!token) co_return invalid_request("no admin token was given");
  std::optional<TokenHolder> holder;
  if (context.tokens != nullptr) {
    CO_ADMIN_TRY(holder, co_await context.tokens->holder_of(Secret(std::move(*token))));
  }
  if (!holder) co_return admin_fail("AccessDenied", 403, "Forbidden: Invalid bearer token");
  if (!holder->token) co_return configured_info("admin_token", "*");
  co_return token_info(*holder->token, context.now_ms());
}

Task<Reply> delete_admin_token(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  auto deleted = co_await context.settings.delete_admin_token(id);
  if (!deleted && deleted.error().kind == ErrorKind::kNotFound) co_return no_such_token(id);
  CO_ADMIN_CHECK_OK(deleted);
  co_return Json();
}

}  // namespace garage::admin
