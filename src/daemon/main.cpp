// The program: one binary, whose first word says what it is today.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "cli/parse.hpp"
#include "cluster/peer_name.hpp"
#include "config/load.hpp"
#include "daemon/command_line.hpp"
#include "daemon/server.hpp"
#include "daemon/settings_check.hpp"
#include "daemon/unbuilt.hpp"
#include "env/posix/console.hpp"
#include "env/posix/posix_disk.hpp"
#include "env/posix/process.hpp"
#include "env/posix/signals.hpp"
#include "env/posix/subnet.hpp"

namespace garage::daemon {
namespace {

namespace posix = env::posix;

Result<config::Loaded> load_checked(env::Disk& disk, const std::string& path) {
  TRY(config::Loaded loaded, config::load_settings(disk, path));
  CHECK_OK(check_settings(loaded.settings));
  if (loaded.settings.rpc_public_addr_subnet) {
    const auto subnet = posix::Subnet::parse(*loaded.settings.rpc_public_addr_subnet);
    if (!subnet) return std::unexpected(subnet.error().within("`rpc_public_addr_subnet`"));
  }
  return loaded;
}

Result<config::Secrets> find_secrets(env::Disk& disk, const config::Settings& settings,
                                     const cli::GlobalOptions& global) {
  TRY(config::Secrets secrets, config::resolve_secrets(disk, settings, global.secrets, config::FileCheck::kPrivate));
  if (secrets.rpc_secret) return secrets;
  return fail(ErrorKind::kInvalid,
              "No RPC secret provided: set rpc_secret or rpc_secret_file in the configuration file, or "
              "GARAGE_RPC_SECRET (make one with `openssl rand -hex 32`)");
}

Result<ServerCommand> prepare_server(const cli::Invocation& invocation) {
  posix::PosixDisk disk;
  const auto& global = invocation.global;
  TRY(config::Loaded loaded, load_checked(disk, global.config_path));
  TRY(config::Secrets secrets, find_secrets(disk, loaded.settings, global));
  const auto& arguments = invocation.arguments;
  StartFlags flags{.single_node = arguments.has("single-node"),
                   .default_access_key = arguments.has("default-access-key"),
                   .default_bucket = arguments.has("default-bucket"),
                   .access_key_id = posix::environment("GARAGE_DEFAULT_ACCESS_KEY"),
                   .secret_key = std::nullopt,
                   .bucket = posix::environment("GARAGE_DEFAULT_BUCKET")};
  if (auto secret = posix::environment("GARAGE_DEFAULT_SECRET_KEY")) flags.secret_key = Secret(std::move(*secret));
  return ServerCommand{.config_path = global.config_path,
                       .config_warnings = std::move(loaded.warnings),
                       .settings = std::move(loaded.settings),
                       .secrets = std::move(secrets),
                       .flags = std::move(flags)};
}

// Log lines go to standard error; a system that asks for another way must not lose them unawares.
Result<void> check_log_destination() {
  for (const char* name : {"GARAGE_LOG_TO_SYSLOG", "GARAGE_LOG_TO_JOURNALD"}) {
    const auto value = posix::environment(name);
    if (!value || (*value != "1" && *value != "true")) continue;
    return fail(ErrorKind::kUnsupported,
                fmt::format("{} is set, but logging there is not implemented yet: unset it; lines go to "
                            "standard error, which systemd and containers collect",
                            name));
  }
  return {};
}

int serve(const cli::Invocation& invocation) {
  if (auto possible = check_log_destination(); !possible) return fail_with(possible.error().message);
  auto command = prepare_server(invocation);
  if (!command) return fail_with(command.error().message);
  auto served = run_server(std::move(*command));
  if (!served) return fail_with(served.error().message);
  return 0;
}

int check_config(const cli::GlobalOptions& global) {
  posix::PosixDisk disk;
  auto loaded = load_checked(disk, global.config_path);
  if (!loaded) return fail_with(loaded.error().message);
  std::vector<std::string> warnings = loaded->warnings;
  std::ranges::move(unbuilt_settings(loaded->settings), std::back_inserter(warnings));
  for (const std::string& peer : loaded->settings.bootstrap_peers) {
    const auto name = cluster::parse_peer_name(peer);
    if (!name) warnings.push_back("bootstrap_peers: " + name.error().message);
  }
  for (const auto& warning : warnings)
    posix::write_standard_error(fmt::format("Warning: {}: {}\n", global.config_path, warning));
  auto secrets = find_secrets(disk, loaded->settings, global);
  if (!secrets) return fail_with(secrets.error().message);
  return succeed_with(fmt::format("{} is valid, {} warnings\n", global.config_path, warnings.size()));
}

int run(std::vector<std::string> words) {
  posix::ignore_broken_pipes();
  auto invocation = cli::parse_command_line(std::move(words), posix::environment);
  if (!invocation) {
    const cli::Message& message = invocation.error();
    if (message.exit_code != 0) {
      posix::write_standard_error(message.text);
      return message.exit_code;
    }
    return succeed_with(message.text);
  }
  if (invocation->global.check_config) return check_config(invocation->global);
  if (invocation->command->needs == cli::Needs::kServer) return serve(*invocation);
  return run_command(*invocation);
}

}  // namespace
}  // namespace garage::daemon

int main(int argc, char** argv) {
  return garage::daemon::run({argv + 1, argv + argc});
}
