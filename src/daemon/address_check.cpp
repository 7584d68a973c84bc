#include "daemon/address_check.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

namespace garage::daemon {

Result<void> check_addresses(env::Network& network, const config::Settings& settings) {
  std::vector<std::pair<std::string_view, std::string>> wanted = {{"rpc_bind_addr", settings.rpc_bind_addr}};
  if (settings.s3_api.api_bind_addr) wanted.emplace_back("s3_api.api_bind_addr", *settings.s3_api.api_bind_addr);
  if (settings.s3_web.present) wanted.emplace_back("s3_web.bind_addr", settings.s3_web.bind_addr);
  if (settings.admin.api_bind_addr) wanted.emplace_back("admin.api_bind_addr", *settings.admin.api_bind_addr);
  // All at once, so that two settings with the same address are found out too.
  std::vector<std::unique_ptr<env::Listener>> held;
  for (const auto& [setting, address] : wanted) {
    if (address.starts_with('/')) continue;  // a socket file is looked at when it is taken
    auto listener = network.listen({address}, {.share_port = false});
    if (listener) {
      held.push_back(std::move(*listener));
      continue;
    }
    const std::string advice = listener.error().kind == ErrorKind::kExists
                                   ? fmt::format(". Stop the program that listens there, or change `{}`", setting)
                                   : fmt::format(" (`{}` in the configuration file)", setting);
    return fail(listener.error().kind, listener.error().message + advice);
  }
  return {};
}

}  // namespace garage::daemon
