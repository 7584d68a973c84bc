// The real way to a daemon: its peer port, as a client with a throw-away key.
//
// Ownership: borrows the env. Threads: the command's; work runs where `run` runs it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "cli/daemon_link.hpp"
#include "cli/target.hpp"
#include "env/env.hpp"
#include "net/connection.hpp"
#include "runtime/task.hpp"

namespace garage::cli {

class PeerLink : public DaemonLink {
 public:
  // Runs a task on a loop of the env, to its end.
  using Run = std::function<Result<std::string>(Task<Result<std::string>>)>;

  // `timeout`: to connect, and for each answer; if none, as long as suits most.
  PeerLink(env::Env env, Target target, Secret rpc_secret, std::optional<Duration> timeout, Run run)
      : env_(env),
        target_(std::move(target)),
        rpc_secret_(std::move(rpc_secret)),
        timeout_(timeout),
        run_(std::move(run)) {}
  ~PeerLink() override;

  // Connects at the first call.
  std::expected<Json, CallError> call(std::string_view operation, const Json& request) override;

 private:
  Task<Result<std::string>> exchange(std::string operation, std::string payload);
  Task<Result<std::string>> disconnect();
  Task<Result<void>> connect();
  Task<Result<void>> connect_to(std::string address);

  env::Env env_;
  Target target_;
  Secret rpc_secret_;
  const std::optional<Duration> timeout_;
  Run run_;
  std::unique_ptr<net::Connection> connection_;
};

}  // namespace garage::cli
