#include "admin_http/endpoint.hpp"

#include <fmt/format.h>

#include <array>

#include "admin_http/legacy.hpp"
#include "admin_http/shapes.hpp"
#include "api/query_params.hpp"

namespace garage::admin_http {
namespace {

using admin::invalid_request;
using http::Method;

std::unexpected<admin::AdminError> unknown_endpoint() {
  return invalid_request("Unknown API endpoint");
}

struct Special {
  std::string_view path;
  EndpointKind kind;
};
constexpr std::array<Special, 6> kSpecial = {{{"/health", EndpointKind::kHealth},
                                              {"/health/live", EndpointKind::kLive},
                                              {"/health/ready", EndpointKind::kReady},
                                              {"/check", EndpointKind::kCheck},
                                              {"/metrics", EndpointKind::kMetrics},
                                              {"/v2/openapi.json", EndpointKind::kOpenApi}}};

admin::AdminResult<Endpoint> operation_endpoint(std::string_view name, const http::Request& request) {
  const Shape* shape = find_shape(name);
  if (!shape || request.method != (shape->is_get ? Method::kGet : Method::kPost)) return unknown_endpoint();
  std::vector<std::string_view> names;
  for (const Parameter& parameter : shape->parameters) names.push_back(parameter.name);
  Endpoint out{.operation = std::string(name), .takes_body = !shape->is_get};
  ADMIN_TRY(out.parameters, read_parameters(request.raw_query, names));
  for (const Parameter& parameter : shape->parameters) {
    if (parameter.required && !out.parameters.find(parameter.name)) {
      return invalid_request(fmt::format("Missing query parameter `{}`", parameter.name));
    }
  }
  return out;
}

}  // namespace

admin::AdminResult<codec::Json> read_parameters(std::string_view raw_query,
                                                const std::vector<std::string_view>& names) {
  const auto query = api::QueryParams::parse(raw_query);
  if (!query) return invalid_request(std::string(query.error().text()));
  codec::Json out = codec::Json::object();
  for (std::string_view name : names) {
    const auto value = query->get(name);
    if (value && !value->empty()) out.append_member(std::string(name), *value);
  }
  return out;
}

admin::AdminResult<Endpoint> endpoint_of(const http::Request& request) {
  if (request.method == Method::kOptions) return Endpoint{.kind = EndpointKind::kPreflight};
  const std::string_view path = request.raw_path;
  for (const Special& special : kSpecial) {
    if (special.path != path) continue;
    // Load balancers like to ask with HEAD.
    if (request.method != Method::kGet && request.method != Method::kHead) return unknown_endpoint();
    Endpoint out{.kind = special.kind};
    if (special.kind == EndpointKind::kCheck) {
      ADMIN_TRY(out.parameters, read_parameters(request.raw_query, {"domain"}));
      if (!out.parameters.find("domain")) return invalid_request("No domain query string found");
    }
    return out;
  }
  if (path.starts_with("/v2/")) return operation_endpoint(path.substr(4), request);
  if (path.starts_with("/v1/")) return legacy_endpoint(LegacyVersion::kV1, path.substr(3), request);
  if (path.starts_with("/v0/")) return legacy_endpoint(LegacyVersion::kV0, path.substr(3), request);
  return unknown_endpoint();
}

}  // namespace garage::admin_http
