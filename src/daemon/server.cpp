#include "daemon/server.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

#include "admin/version.hpp"
#include "base/log.hpp"
#include "daemon/address_check.hpp"
#include "daemon/file_budget.hpp"
#include "daemon/node.hpp"
#include "daemon/options.hpp"
#include "daemon/unbuilt.hpp"
#include "env/posix/log_sink.hpp"
#include "env/posix/own_addresses.hpp"
#include "env/posix/posix_env.hpp"
#include "env/posix/process.hpp"
#include "env/posix/sd_notify.hpp"
#include "env/posix/signals.hpp"
#include "kv/rocksdb/rocks_store.hpp"
#include "runtime/future.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace garage::daemon {
namespace {

using env::posix::PosixWorld;

constexpr std::string_view kLogFilter = "garage=info";
constexpr uint64_t kOpenFilesAdvised = 8192;

// The server's life on its first loop. The world stops when it ends; the node is destroyed after the loops.
struct Life {
  PosixWorld& world;
  NodeParts parts;
  env::posix::ServiceManager manager;
  runtime::Future<int> stop_signal;
  std::unique_ptr<Node> node;
  bool ready = false;
  Result<void> outcome;
  runtime::TaskGroup tasks;
};

Task<Result<void>> start_up(Life& life) {
  CO_CHECK_OK(check_addresses(life.parts.env.network, life.parts.settings));
  CO_TRY(life.node, co_await build_node(std::move(life.parts)));
  auto listening = co_await life.node->listen();
  if (!listening) co_await life.node->stop(0s);
  co_return listening;
}

void tell(const env::posix::ServiceManager& manager, std::string_view state) {
  if (auto told = manager.tell(state); !told) LOG_WARN("daemon", "{}", told.error().message);
}

// Beats as long as the first loop turns. Never ends: the world is dropped with it.
Task<void> beat(const env::posix::ServiceManager& manager, Duration interval) {
  for (;;) {
    tell(manager, "WATCHDOG=1");
    co_await runtime::sleep_for(interval);
  }
}

std::string_view name_of(int signal) {
  return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

Task<void> live(Life& life) {
  life.outcome = co_await start_up(life);
  if (life.outcome) {
    life.ready = true;
    LOG_INFO("daemon", "ready");
    tell(life.manager, "READY=1");
    if (const auto interval = life.manager.watchdog()) life.tasks.spawn(beat(life.manager, *interval / 2));
    const int signal = co_await std::move(life.stop_signal);
    LOG_INFO("daemon", "received {}: finishing requests, then stopping", name_of(signal));
    tell(life.manager, "STOPPING=1");
    co_await life.node->stop();
    LOG_INFO("daemon", "stopped");
  }
  life.world.stop();
}

// As safe as kill -9, once what was said is written.
[[noreturn]] void end_at_once(env::posix::LogSink& sink, int code) {
  sink.finish();
  std::_Exit(code);
}

void watch_signals(const Life& life, runtime::Promise<int> stop, env::posix::LogSink& sink) {
  auto first = std::make_shared<std::optional<runtime::Promise<int>>>(std::move(stop));
  env::posix::on_signals(life.world.loop(0), {SIGINT, SIGTERM, SIGHUP}, [first, &life, &sink](int signal) {
    if (signal == SIGHUP) {
      LOG_INFO("daemon", "received SIGHUP: ignored; settings are read at the start only");
    } else if (!life.ready) {
      // A start may take long, and nobody is served yet.
      LOG_INFO("daemon", "received {} during the start: stopping at once", name_of(signal));
      end_at_once(sink, 0);
    } else if (*first) {
      (*first)->set(signal);
      first->reset();
    } else {
      LOG_WARN("daemon", "received another signal: stopping at once");
      end_at_once(sink, 1);
    }
  });
}

// How many files may be open.
uint64_t prepare_process() {
  env::posix::keep_files_private();
  env::posix::ignore_broken_pipes();
  if (auto dumps = env::posix::forbid_dumps(); !dumps) LOG_WARN("daemon", "{}", dumps.error().message);
  const auto files = env::posix::raise_open_files_limit();
  if (!files) {
    LOG_WARN("daemon", "{}", files.error().message);
  } else if (*files < kOpenFilesAdvised) {
    LOG_WARN("daemon",
             "only {} files may be open at the same time: raise the limit (LimitNOFILE in a systemd unit, ulimit -n)",
             *files);
  }
  return files.value_or(kOpenFilesAdvised);
}

// As Kubernetes tells it to a container, and as its manifest may.
discovery::KubernetesPlace find_kubernetes() {
  discovery::KubernetesPlace out;
  const auto variable = [](const char* name) { return env::posix::environment(name).value_or(""); };
  out.api_server =
      discovery::in_cluster_api_server(variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT"));
  if (auto directory = variable("GARAGE_KUBERNETES_CREDENTIALS_DIR"); !directory.empty())
    out.credentials_dir = std::move(directory);
  discovery::Pod pod{.name = variable("POD_NAME"), .uid = variable("POD_UID")};
  if (!pod.name.empty() && !pod.uid.empty()) out.pod = std::move(pod);
  return out;
}

Result<std::shared_ptr<kv::Store>> open_store(const config::Settings& settings, size_t open_files_max) {
  auto store = kv::open_rocks_store({.directory = settings.metadata_dir + "/db.rocksdb",
                                     .durability = durability_of(settings),
                                     .open_files_max = static_cast<int>(open_files_max)});
  if (!store) return std::unexpected(store.error().within("Unable to open the metadata database"));
  return store;
}

// Told to others where the settings do not say it.
Result<std::string> find_own_address(const config::Settings& settings) {
  const std::string& bound = settings.rpc_bind_addr;
  const bool everywhere = bound.starts_with("0.0.0.0:") || bound.starts_with("[::]:");
  if (settings.rpc_public_addr || (!everywhere && !settings.rpc_public_addr_subnet)) return std::string();
  auto ip = env::posix::own_address(settings.rpc_public_addr_subnet);
  if (!ip) return std::unexpected(ip.error().within("`rpc_public_addr_subnet`"));
  if (!*ip) {
    LOG_WARN("daemon", "no address of this machine is {}: set rpc_public_addr",
             settings.rpc_public_addr_subnet.value_or("fit for other nodes"));
    return std::string();
  }
  std::string address = env::posix::with_port(**ip, bound.substr(bound.rfind(':') + 1));
  LOG_INFO("daemon", "taking {} for the address of this node: set rpc_public_addr to be sure", address);
  return address;
}

}  // namespace

Result<void> run_server(ServerCommand command) {
  auto log_options = env::posix::log_options_from_environment(kLogFilter);
  log_options.gathered = true;  // every request is logged
  const auto unread_rules = log_options.filter.rejected();
  env::posix::LogSink sink(std::move(log_options));
  log::install_sink(&sink);
  for (const auto& rule : unread_rules) LOG_WARN("daemon", "RUST_LOG: \"{}\" is no rule such as garage=info", rule);
  LOG_INFO("daemon", "garage {}, configuration {}", admin::kVersion, command.config_path);
  for (const auto& warning : command.config_warnings) LOG_WARN("config", "{}: {}", command.config_path, warning);
  for (const auto& warning : unbuilt_settings(command.settings)) LOG_WARN("daemon", "{}", warning);
  const uint64_t open_files_max = prepare_process();
  const size_t tables = file_budget(open_files_max, 1).tables;  // however many fronts there are

  TRY(auto own_address, find_own_address(command.settings));

  TRY(auto world, PosixWorld::create({}));
  TRY(auto commit_pool, env::posix::ThreadPool::create("commit", 1));
  auto [stop, stop_signal] = runtime::make_future<int>();
  Life life{.world = *world,
            .parts = {.env = world->env(),
                      .settings = command.settings,
                      .secrets = std::move(command.secrets),
                      .flags = std::move(command.flags),
                      .hostname = env::posix::hostname().value_or("?"),
                      .boot_id = env::posix::boot_id().value_or(""),
                      .own_address = std::move(own_address),
                      .kubernetes = find_kubernetes(),
                      .open_files_max = open_files_max,
                      .commit_pool = *commit_pool,
                      .data_pool = &world->data_pool(),
                      .open_store = [settings = command.settings, tables] { return open_store(settings, tables); }},
            .manager = env::posix::ServiceManager::from_environment(),
            .stop_signal = std::move(stop_signal),
            .node = nullptr,
            .outcome = {},
            .tasks = {}};
  watch_signals(life, std::move(stop), sink);
  world->loop(0).post([&life] { life.tasks.spawn(live(life)); });
  auto ran = world->run();
  life.node.reset();
  log::install_sink(nullptr);
  if (!ran) return ran;
  return std::move(life.outcome);
}

}  // namespace garage::daemon
