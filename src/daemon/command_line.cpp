#include "daemon/command_line.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/json_answers.hpp"
#include "cli/peer_link.hpp"
#include "cli/target.hpp"
#include "cli/text_table.hpp"
#include "config/load.hpp"
#include "config/secrets.hpp"
#include "env/posix/console.hpp"
#include "env/posix/log_sink.hpp"
#include "env/posix/posix_clock.hpp"
#include "env/posix/posix_disk.hpp"
#include "env/posix/posix_env.hpp"
#include "env/posix/process.hpp"
#include "env/posix/run_blocking.hpp"

namespace garage::daemon {
namespace {

namespace posix = env::posix;

constexpr size_t kStdinBytesMax = 16u << 20;

// Settings and secret of a command that talks to a daemon. Without a configuration file where -h and -s say everything.
struct Access {
  std::optional<config::Settings> settings;
  std::optional<Secret> rpc_secret;
};

Result<config::Settings> load_for_command(env::Disk& disk, const cli::GlobalOptions& global) {
  auto loaded = config::load_settings(disk, global.config_path);
  if (!loaded && loaded.error().kind == ErrorKind::kNotFound) {
    return fail(ErrorKind::kNotFound,
                loaded.error().message +
                    ". The file is needed because -h <node id>@<host>:<port> and -s <rpc secret> were not both "
                    "given; name another one with -c");
  }
  if (!loaded) return std::unexpected(loaded.error());
  return std::move(loaded->settings);
}

Result<Access> find_access(env::Disk& disk, const cli::GlobalOptions& global) {
  Access out;
  const auto& given = global.secrets.rpc_secret;
  if (global.rpc_host && (given.value || given.file)) {
    TRY(auto text, config::read_secret(disk, "rpc_secret", given, false));
    TRY(out.rpc_secret, config::parse_rpc_secret(*text));
    return out;
  }
  TRY(out.settings, load_for_command(disk, global));
  TRY(auto secrets, config::resolve_secrets(disk, *out.settings, global.secrets, config::FileCheck::kNone));
  out.rpc_secret = std::move(secrets.rpc_secret);
  if (!out.rpc_secret) return fail(ErrorKind::kInvalid, "No RPC secret provided");
  return out;
}

cli::Session make_session(const cli::Invocation& invocation, posix::PosixDisk& disk) {
  posix::PosixClock clock;
  cli::Session session;
  session.arguments = invocation.arguments;
  session.disk = &disk;
  session.now_ms = clock.wall_now().unix_ms;
  session.utc_offset_minutes = posix::utc_offset_minutes;
  session.read_stdin = [] { return posix::read_standard_input(kStdinBytesMax); };
  return session;
}

Result<void> run_with_daemon(const cli::Invocation& invocation, cli::Session& session) {
  TRY(Access access, find_access(*session.disk, invocation.global));
  if (access.settings) session.settings = &*access.settings;
  TRY(cli::Target target, invocation.global.rpc_host ? cli::parse_peer(*invocation.global.rpc_host)
                                                     : cli::local_target(*session.disk, *access.settings));
  TRY(auto world, posix::PosixWorld::create({.loops = 1, .disk_threads = 1, .compute_threads = 1}));
  CHECK_OK(world->start());
  Result<void> outcome;
  {
    auto& loop = world->loop(0);
    cli::PeerLink link(world->env(), std::move(target), *access.rpc_secret, invocation.global.timeout,
                       [&loop](Task<Result<std::string>> task) { return posix::run_blocking(loop, std::move(task)); });
    session.link = &link;
    outcome = invocation.command->run(session);
  }
  session.link = nullptr;
  session.settings = nullptr;
  return outcome;
}

Result<void> run_with_config(const cli::Invocation& invocation, cli::Session& session) {
  TRY(const config::Settings settings, load_for_command(*session.disk, invocation.global));
  session.settings = &settings;
  auto outcome = invocation.command->run(session);
  session.settings = nullptr;
  return outcome;
}

Result<void> run_as_needed(const cli::Invocation& invocation, cli::Session& session) {
  switch (invocation.command->needs) {
    case cli::Needs::kDaemon:
      return run_with_daemon(invocation, session);
    case cli::Needs::kConfig:
      return run_with_config(invocation, session);
    default:
      return invocation.command->run(session);
  }
}

}  // namespace

int fail_with(std::string_view message) {
  posix::write_standard_error(fmt::format("Error: {}\n", message));
  return 1;
}

int succeed_with(std::string_view text) {
  auto said = posix::write_standard_output(text);
  return said ? 0 : fail_with(said.error().message);
}

int run_command(const cli::Invocation& invocation) {
  if (!invocation.command->run) return fail_with(fmt::format("`garage {}` is not built yet", invocation.command->path));
  const auto json_operation = invocation.global.json ? cli::json_operation_of(*invocation.command) : std::string_view();
  if (invocation.global.json && json_operation.empty()) {
    return fail_with(fmt::format("`garage {}` has no --json. `garage json-api` calls any operation of the admin API",
                                 invocation.command->path));
  }
  posix::LogSink sink(posix::log_options_from_environment("warn"));
  log::install_sink(&sink);
  posix::PosixDisk disk;
  cli::Session session = make_session(invocation, disk);
  session.json_operation = json_operation;
  auto outcome = run_as_needed(invocation, session);
  if (session.json_answer) session.out = codec::to_json_pretty(*session.json_answer) + '\n';
  log::install_sink(nullptr);
  // What was found out before a failure is shown too.
  const int written = session.out.empty() ? 0 : succeed_with(session.out);
  posix::write_standard_error(cli::harmless_lines(session.err));
  if (!outcome && outcome.error().message.empty()) return 1;  // said quietly
  if (!outcome) return fail_with(cli::harmless_lines(outcome.error().message));
  return written;
}

}  // namespace garage::daemon
