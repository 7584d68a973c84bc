#include "admin_http/service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "admin/operations.hpp"
#include "admin_http/authorise.hpp"
#include "admin_http/health.hpp"
#include "admin_http/openapi.hpp"
#include "admin_http/reply.hpp"
#include "admin_http/request_body.hpp"
#include "api/access_log.hpp"
#include "base/log.hpp"

namespace garage::admin_http {
namespace {

using admin::AdminResult;
using codec::Json;

constexpr std::string_view kComponent = "api_admin";
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// What is asked every few seconds is of no interest to people.
log::Level level_of(const http::Request& request) {
  const bool is_probe = request.raw_path.starts_with("/health") || request.raw_path == "/metrics";
  return is_probe ? log::Level::kDebug : log::Level::kInfo;
}

std::string client_of(const http::Request& request) {
  return api::client_text(request.peer, request.headers.get("x-forwarded-for").value_or(""));
}

void log_access(const http::Request& request) {
  if (!log::wants(level_of(request), kComponent)) return;
  const std::string client = client_of(request);
  log::write(level_of(request), kComponent,
             api::access_line({client, claimed_token_id(request), request.method_text, request.target}));
}

void log_error(const http::Request& request, const admin::AdminError& error) {
  const auto level = error.status >= 500 ? log::Level::kWarn : log::Level::kInfo;
  if (!log::wants(level, kComponent)) return;
  const std::string client = client_of(request);
  log::write(level, kComponent,
             api::error_line({client, claimed_token_id(request), request.method_text, request.target}, error.status,
                             error.message));
}

// Parameters and body as operations want them: together, or the body alone where there is nothing else.
Json request_of(Endpoint& endpoint, Json body) {
  for (const auto& [name, value] : *endpoint.into_body.as_object()) body.set(name, value);
  if (endpoint.parameters.size() == 0) return body;
  if (!body.is_null()) endpoint.parameters.set("body", std::move(body));
  return std::move(endpoint.parameters);
}

bool is_built(std::string_view operation) {
  return std::ranges::find(admin::operation_table(), operation, &admin::Operation::name) !=
         admin::operation_table().end();
}

}  // namespace

Task<AdminResult<http::Response>> Service::run_operation(http::Request& request, Endpoint endpoint) {
  const bool asks_of_itself = endpoint.operation == "GetCurrentAdminTokenInfo";
  if (asks_of_itself && !request.headers.has("authorization")) {
    co_return admin::invalid_request("Missing Authorization header");
  }
  CO_ADMIN_TRY(const Secret token, bearer_of(request));
  CO_ADMIN_CHECK_OK(co_await authorise(*context_.tokens, token, endpoint));
  if (!is_built(endpoint.operation)) {
    co_return admin::admin_fail("NotImplemented", 501, endpoint.operation + " is not implemented yet");
  }
  Json body;
  if (endpoint.takes_body) {
    CO_ADMIN_TRY(body, co_await read_json_body(request));
  }
  if (asks_of_itself) endpoint.parameters.set("admin_token", token.reveal());
  std::string name = endpoint.operation;
  CO_ADMIN_TRY(const Json answer,
               co_await admin::run_operation(context_, std::move(name), request_of(endpoint, std::move(body))));
  co_return json_reply(answer);
}

Task<AdminResult<http::Response>> Service::answer_metrics(const http::Request& request) {
  if (options_.metrics_require_token || context_.tokens->configured().metrics_token) {
    CO_ADMIN_TRY(const Secret token, bearer_of(request));
    CO_ADMIN_CHECK_OK(co_await authorise_metrics(*context_.tokens, token));
  }
  if (!metrics_page_.exists()) co_return admin::admin_fail("NotImplemented", 501, "this server keeps no metrics");
  co_return http::Response::text(200, co_await metrics_page_.ask(), kMetricsType);
}

AdminResult<http::Response> Service::answer_check(std::string_view domain) const {
  if (options_.serves_domain && options_.serves_domain(domain)) {
    return http::Response::text(200, fmt::format("Domain '{}' is managed by Garage", domain), "text/plain");
  }
  return admin::invalid_request(fmt::format("Domain '{}' is not managed by Garage", domain));
}

Task<AdminResult<http::Response>> Service::run(http::Request& request) {
  CO_ADMIN_TRY(Endpoint endpoint, endpoint_of(request));
  switch (endpoint.kind) {
    case EndpointKind::kPreflight:
      co_return preflight_reply();
    case EndpointKind::kHealth:
      co_return co_await answer_health(context_);
    case EndpointKind::kLive:
      co_return answer_live();
    case EndpointKind::kReady:
      co_return co_await answer_ready(context_);
    case EndpointKind::kCheck:
      co_return answer_check(endpoint.parameters.find("domain")->as_string().value_or(""));
    case EndpointKind::kMetrics:
      co_return co_await answer_metrics(request);
    case EndpointKind::kOpenApi:
      co_return json_reply(openapi_document());
    case EndpointKind::kOperation:
      break;
  }
  co_return co_await run_operation(request, std::move(endpoint));
}

Task<http::Response> Service::handle(http::Request& request) {
  log_access(request);
  auto answer = co_await run(request);
  if (answer) co_return std::move(*answer);
  log_error(request, answer.error());
  http::Response out = error_reply(answer.error(), context_.facts.s3_region, request.raw_path);
  out.close = answer.error().status == 413;  // the rest is not worth reading
  co_return out;
}

http::Response Service::refuse(int status, std::string_view reason) {
  return error_reply({.code = status >= 500 ? "InternalError" : "InvalidRequest",
                      .status = status,
                      .message = "Bad request: " + std::string(reason)},
                     context_.facts.s3_region, "");
}

}  // namespace garage::admin_http
