// One run of a command: what it was given, whom it may ask, and what it says. Output is gathered and written at the
// end, so that a closed pipe is one error and not many.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/arguments.hpp"
#include "cli/daemon_link.hpp"
#include "config/settings.hpp"
#include "env/disk.hpp"

namespace garage::cli {

struct Session {
  Arguments arguments;
  DaemonLink* link = nullptr;  // for commands that need the daemon
  env::Disk* disk = nullptr;
  const config::Settings* settings = nullptr;  // null where no configuration file was read
  uint64_t now_ms = 0;
  // Minutes east of Greenwich at a moment, as people at this terminal count.
  std::function<int(uint64_t unix_ms)> utc_offset_minutes = [](uint64_t) { return 0; };
  std::function<Result<std::string>()> read_stdin;

  // With --json: the operation whose answer is printed instead of what the command says, and that answer.
  std::string_view json_operation = {};
  std::optional<Json> json_answer = {};

  std::string out;  // to standard output
  std::string err;  // to standard error

  // Adds a line.
  void say(std::string_view line) { out.append(line).push_back('\n'); }
  void note(std::string_view line) { err.append(line).push_back('\n'); }

  // Asks the daemon. Its refusal becomes "<Operation> returned <Code> (<status>): <message>".
  Result<Json> ask(std::string_view operation, const Json& request = Json());
};

}  // namespace garage::cli
