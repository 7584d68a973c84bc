// Who asks, and may they? Told apart before anything of the body is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/admin_tokens.hpp"
#include "admin_http/endpoint.hpp"
#include "base/secret.hpp"
#include "http/request.hpp"

namespace garage::admin_http {

// The bearer token. AccessDenied where there is none, or another kind of authorisation.
admin::AdminResult<Secret> bearer_of(const http::Request& request);

// For log lines: the id that the token claims, if it is one that has an id.
std::string_view claimed_token_id(const http::Request& request);

// AccessDenied, in the same words whatever is wrong with the token.
Task<admin::AdminResult<bool>> authorise(admin::AdminTokens& tokens, Secret token, const Endpoint& endpoint);
// The same for /metrics, which has rules of its own: the configured metrics_token or a scope that has "Metrics".
Task<admin::AdminResult<bool>> authorise_metrics(admin::AdminTokens& tokens, Secret token);

}  // namespace garage::admin_http
