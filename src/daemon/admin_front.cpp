#include "daemon/admin_front.hpp"

namespace garage::daemon {
namespace {

http::ServerOptions server_options(size_t connections_max) {
  http::ServerOptions out;
  out.connections_max = connections_max;
  // Whoever is cut off by one address that takes all it can should still hear whether this node is well.
  out.connections_per_address_max = connections_max / 2;
  return out;
}

// As the reference calls them.
std::string name_of(const http::Request& request) {
  using admin_http::EndpointKind;
  auto endpoint = admin_http::endpoint_of(request);
  if (!endpoint) return "unknown";
  switch (endpoint->kind) {
    case EndpointKind::kPreflight:
      return "Options";
    case EndpointKind::kHealth:
      return "Health";
    case EndpointKind::kLive:
      return "HealthLive";
    case EndpointKind::kReady:
      return "HealthReady";
    case EndpointKind::kCheck:
      return "CheckDomain";
    case EndpointKind::kMetrics:
      return "Metrics";
    case EndpointKind::kOpenApi:
      return "OpenApi";
    case EndpointKind::kOperation:
      return std::move(endpoint->operation);
  }
  return "unknown";
}

}  // namespace

AdminFront::AdminFront(env::Env& env, admin::Context context, admin_http::ServiceOptions options,
                       const telemetry::Instruments& instruments, size_t connections_max)
    : service_(std::move(context), std::move(options)),
      metered_(service_, &instruments,
               {.metrics = {.prefix = "api_admin", .what = "admin API"},
                .endpoint = name_of,
                .span_before = "Admin API ",
                .span_behind = ""}),
      server_(env, metered_, server_options(connections_max)) {}

Result<void> AdminFront::listen(env::Address address) {
  return server_.listen(std::move(address), {.share_port = false, .unix_socket_mode = 0220});
}

}  // namespace garage::daemon
