// Which daemon a command talks to: the one named by -h, else the one of the configuration file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "env/disk.hpp"

namespace garage::cli {

struct Target {
  NodeId id;
  std::vector<std::string> addresses;  // host:port, to be tried in this order
};

// "<64 hexadecimal digits>@host:port"
Result<Target> parse_peer(std::string_view text);

// The node of this machine: its id from metadata_dir; the address it listens at, then its public one.
Result<Target> local_target(env::Disk& disk, const config::Settings& settings);

}  // namespace garage::cli
