// What a command of the program is. The table of all of them is in command_table.cpp; the parser, help and completions
// read it.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/arguments.hpp"

namespace garage::cli {

struct Session;

enum class Form : unsigned char { kPositional, kPositionals, kOption, kOptions, kFlag };

struct Argument {
  Form form = Form::kPositional;
  std::string_view name;      // how Arguments knows it
  std::string_view spelling;  // of options and flags: "-z,--zone"; of positionals where it is not the name
  std::string_view help;
  bool required = false;
};

enum class Needs : unsigned char {
  kNothing,
  kConfig,  // the configuration file
  kDaemon,  // a running server
  kServer,  // is the server
};

struct Command {
  std::string_view path;  // "bucket create"
  std::string_view help;
  std::vector<Argument> arguments;
  Needs needs = Needs::kDaemon;
  // Writes to session.out; nullptr: not built yet.
  Result<void> (*run)(Session&) = nullptr;
  bool hidden = false;
};

// In the order in which help shows them. Groups are what paths begin with; group_help() describes them.
const std::vector<Command>& command_table();
std::string_view group_help(std::string_view group);

}  // namespace garage::cli
