#include "admin_http/authorise.hpp"

#include <algorithm>

namespace garage::admin_http {
namespace {

constexpr std::string_view kScheme = "Bearer ";

std::unexpected<admin::AdminError> denied(std::string_view why) {
  return admin::admin_fail("AccessDenied", 403, "Forbidden: " + std::string(why));
}
std::unexpected<admin::AdminError> invalid_token() {
  return denied("Invalid bearer token");
}

// Everybody may ask about the token they hold. Secrets are more than information about keys.
bool may_call(const admin::TokenHolder& holder, const Endpoint& endpoint) {
  if (endpoint.operation == "GetCurrentAdminTokenInfo") return true;
  const codec::Json* show_secret = endpoint.parameters.find("showSecretKey");
  if (endpoint.operation == "GetKeyInfo" && show_secret && show_secret->as_string() != "false") {
    return holder.may("GetKeyInfo") && holder.may("GetKeySecret");
  }
  return holder.may(endpoint.operation);
}

}  // namespace

admin::AdminResult<Secret> bearer_of(const http::Request& request) {
  const auto fields = request.headers.get_all("authorization");
  if (fields.empty()) return denied("Bearer token must be provided in Authorization header");
  if (fields.size() > 1 || !fields.front().starts_with(kScheme)) return denied("Invalid Authorization header");
  return Secret(std::string(fields.front().substr(kScheme.size())));
}

std::string_view claimed_token_id(const http::Request& request) {
  std::string_view field = request.headers.get("authorization").value_or("");
  if (!field.starts_with(kScheme)) return {};
  const std::string_view id = model::token_id(field.substr(kScheme.size()));
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return id.size() == model::kTokenIdDigits && std::ranges::all_of(id, is_hex) ? id : std::string_view();
}

Task<admin::AdminResult<bool>> authorise(admin::AdminTokens& tokens, Secret token, const Endpoint& endpoint) {
  CO_ADMIN_TRY(const auto holder, co_await tokens.holder_of(std::move(token)));
  if (!holder || !may_call(*holder, endpoint)) co_return invalid_token();
  co_return true;
}

Task<admin::AdminResult<bool>> authorise_metrics(admin::AdminTokens& tokens, Secret token) {
  if (tokens.is_metrics_token(token)) co_return true;
  CO_ADMIN_TRY(const auto holder, co_await tokens.holder_of(std::move(token)));
  if (!holder || !holder->token || !holder->may("Metrics")) co_return invalid_token();
  co_return true;
}

}  // namespace garage::admin_http
