#include "daemon/settings_check.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "discovery/endpoint.hpp"
#include "exporters/trace_exporter.hpp"

namespace garage::daemon {
namespace {

// Ports are tried by taking them (check_addresses); the path of a socket would be shared, and its clients served by
// chance.
Result<void> check_socket_paths(const config::Settings& settings) {
  std::map<std::string_view, std::string_view> taken;
  const auto take = [&](std::string_view setting, std::string_view address) -> Result<void> {
    if (!address.starts_with('/')) return {};
    const auto [there, is_new] = taken.emplace(address, setting);
    if (is_new) return {};
    return fail(ErrorKind::kInvalid, fmt::format("`{}` and `{}` are both {}", there->second, setting, address));
  };
  if (settings.s3_api.api_bind_addr) CHECK_OK(take("s3_api.api_bind_addr", *settings.s3_api.api_bind_addr));
  if (settings.s3_web.present) CHECK_OK(take("s3_web.bind_addr", settings.s3_web.bind_addr));
  if (settings.admin.api_bind_addr) CHECK_OK(take("admin.api_bind_addr", *settings.admin.api_bind_addr));
  return {};
}

}  // namespace

Result<void> check_settings(const config::Settings& settings) {
  CHECK_OK(check_socket_paths(settings));
  if (settings.admin.trace_sink) CHECK_OK(exporters::parse_sink(*settings.admin.trace_sink));
  if (settings.consul.present) {
    const auto endpoint = discovery::parse_endpoint(settings.consul.consul_http_addr);
    if (!endpoint) return std::unexpected(endpoint.error().within("`consul_discovery.consul_http_addr`"));
  }
  return {};
}

}  // namespace garage::daemon
