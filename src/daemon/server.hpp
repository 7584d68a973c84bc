// `garage server`: the real world around a Node, from the first log line to the last.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/secrets.hpp"
#include "config/settings.hpp"
#include "daemon/start_flags.hpp"

namespace garage::daemon {

struct ServerCommand {
  std::string config_path;
  std::vector<std::string> config_warnings;
  config::Settings settings;
  config::Secrets secrets;
  StartFlags flags;
};

// Runs until SIGTERM or SIGINT. An error says why it could not start.
Result<void> run_server(ServerCommand command);

}  // namespace garage::daemon
