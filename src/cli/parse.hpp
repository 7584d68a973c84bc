// From the words of a command line to a command and its arguments.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/global_options.hpp"

namespace garage::cli {

struct Invocation {
  GlobalOptions global;
  const Command* command = nullptr;  // null with --check-config alone
  Arguments arguments;
};

// Nothing to run: text for people, and how to exit.
struct Message {
  std::string text;
  int exit_code = 0;  // 0: to standard output, else to standard error
};

// `words` without the program's name.
std::expected<Invocation, Message> parse_command_line(std::vector<std::string> words, const Environment& environment);

}  // namespace garage::cli
