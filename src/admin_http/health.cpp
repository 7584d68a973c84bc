#include "admin_http/health.hpp"

namespace garage::admin_http {
namespace {

constexpr std::string_view kMore =
    "\nConsult the full health check API endpoint at /v2/GetClusterHealth for more details\n";

http::Response say(int status, std::string_view text) {
  return http::Response::text(status, std::string(text), "text/plain");
}

Task<std::string> status_of(admin::Context& context) {
  const admin::Reply health = co_await admin::get_cluster_health(context, {});
  const codec::Json* status = health ? health->find("status") : nullptr;
  co_return std::string(status ? status->as_string().value_or("") : "");
}

// The cluster may well serve without this node.
bool is_shut(const admin::Context& context) {
  return context.layout.snapshot()->revoked;
}

}  // namespace

Task<http::Response> answer_health(admin::Context& context) {
  if (is_shut(context)) co_return say(503, "This node was revoked from its cluster and serves nothing\n");
  const std::string status = co_await status_of(context);
  std::string text = "Quorum is not available for some/all partitions, reads and writes will fail";
  if (status == "healthy") text = "Garage is fully operational";
  if (status == "degraded") text = "Garage is operational but some storage nodes are unavailable";
  co_return say(status == "healthy" || status == "degraded" ? 200 : 503, text.append(kMore));
}

http::Response answer_live() {
  return say(200, "alive\n");
}

Task<http::Response> answer_ready(admin::Context& context) {
  const std::string status = co_await status_of(context);
  const bool serves = !is_shut(context) && (status == "healthy" || status == "degraded");
  co_return serves ? say(200, "ready\n") : say(503, "not ready\n");
}

}  // namespace garage::admin_http
