// Every command but `server`: the configuration it needs, the way to the daemon, and its output.
#pragma once

#include "cli/parse.hpp"

namespace garage::daemon {

// Returns the exit code.
int run_command(const cli::Invocation& invocation);

// Writes "Error: <message>" to standard error; returns 1.
int fail_with(std::string_view message);
// Writes to standard output; a failure of that is the command's.
int succeed_with(std::string_view text);

}  // namespace garage::daemon
