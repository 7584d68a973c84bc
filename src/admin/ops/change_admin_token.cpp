// CreateAdminToken, UpdateAdminToken: they share the shape of their body.
#include <fmt/format.h>

#include "admin/fields.hpp"
#include "admin/render.hpp"
#include "admin/token_info.hpp"
#include "codec/iso_time.hpp"

namespace garage::admin {
namespace {

// What a body changes: nullopt keeps.
struct TokenChanges {
  std::optional<std::string> name;
  std::optional<std::optional<uint64_t>> expires_ms;
  std::optional<std::vector<std::string>> scope;
};

AdminResult<std::vector<std::string>> read_scope(const Json& value) {
  const auto refuse = [] { return invalid_request("`scope` must be an array of names of operations, or of \"*\""); };
  const Json::Array* names = value.as_array();
  if (!names || names->size() > model::kTokenScopeMax) return refuse();
  std::vector<std::string> out;
  for (const Json& name : *names) {
    const auto text = name.as_string();
    if (!text) return refuse();
    out.emplace_back(*text);
  }
  return out;
}

AdminResult<TokenChanges> read_changes(const Fields& fields) {
  TokenChanges out;
  ADMIN_TRY(out.name, fields.text("name"));
  ADMIN_TRY(out.expires_ms, read_expiration(fields));
  if (const Json* scope = fields.find("scope")) {
    ADMIN_TRY(out.scope, read_scope(*scope));
  }
  return out;
}

void apply(const TokenChanges& changes, model::AdminToken& token) {
  if (changes.name) token.name = *changes.name;
  if (changes.expires_ms) token.expires_ms = *changes.expires_ms;
  if (changes.scope) token.scope = *changes.scope;
}

// "token_20250614_1011"
std::string default_name(uint64_t now_ms) {
  const std::string time = codec::to_amz_date({now_ms});  // 20250614T101112Z
  return fmt::format("token_{}_{}", time.substr(0, 8), time.substr(9, 4));
}

}  // namespace

Task<Reply> create_admin_token(Context& context, Json request) {
  CO_ADMIN_CHECK_OK(require_layout(context));
  CO_ADMIN_TRY(const TokenChanges changes, read_changes(Fields(request)));
  if (context.tokens == nullptr) co_return admin_fail("NotImplemented", 501, "this node keeps no admin tokens");
  const Secret secret = model::generate_admin_token(context.env.random);
  model::AdminToken token;
  token.id = model::token_id(secret.reveal());
  token.name = default_name(context.now_ms());
  token.scope = {"*"};
  apply(changes, token);
  CO_ADMIN_TRY(token.hash, co_await context.tokens->hash(secret));
  CO_ADMIN_TRY(token, co_await context.settings.create_admin_token(std::move(token)));
  Json out = token_info(token, context.now_ms());
  out.set("secretToken", secret.reveal());
  co_return out;
}

Task<Reply> update_admin_token(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  CO_ADMIN_TRY(TokenChanges changes, read_changes(fields));
  auto edit = [changes = std::move(changes)](model::AdminToken& token) -> Result<void> {
    apply(changes, token);
    return {};
  };
  auto edited = co_await context.settings.edit_admin_token(id, std::move(edit));
  if (!edited && edited.error().kind == ErrorKind::kNotFound) co_return no_such_token(id);
  CO_ADMIN_CHECK_OK(edited);
  co_return token_info(*edited, context.now_ms());
}

}  // namespace garage::admin
