// What a daemon asks of its process: limits, privacy, name, environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace garage::env::posix {

// New files are for this user only, where their mode does not say less. Call before other threads start.
void keep_files_private();

// No core dumps and no peeking by other processes of the same user: memory holds keys.
Result<void> forbid_dumps();

// Raises the limit of open descriptors to what the system allows; returns the limit in force.
Result<uint64_t> raise_open_files_limit();

Result<std::string> hostname();

// Drawn anew at each boot of the machine. Nothing where the system has none.
std::optional<std::string> boot_id();

// An environment variable; nothing if it is not set. Call before other threads start.
std::optional<std::string> environment(const std::string& name);

}  // namespace garage::env::posix
