// Options that every command takes, from the command line or the environment.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "config/secrets.hpp"

namespace garage::cli {

// An environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct GlobalOptions {
  std::string config_path = "/etc/garage.toml";
  std::optional<std::string> rpc_host;  // id@host:port
  config::SecretOverrides secrets;
  bool check_config = false;
  bool json = false;                // what the daemon answers, instead of text
  std::optional<Duration> timeout;  // for the daemon to be reached, and for each of its answers
};

// Text as it was given on the command line; what is not there comes from the environment.
struct GivenOptions {
  std::optional<std::string> config_path, rpc_host, rpc_secret, rpc_secret_file, admin_token, admin_token_file,
      metrics_token, metrics_token_file, allow_world_readable_secrets, timeout;
  bool check_config = false, json = false;
};

// kInvalid for a value that is neither yes nor no, or no length of time.
Result<GlobalOptions> resolve_global_options(const GivenOptions& given, const Environment& environment);

}  // namespace garage::cli
