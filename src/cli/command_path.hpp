// The first words of a command line: global options, and the words that name a command. Private to this module.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace garage::cli {

// An option that stands anywhere; `member` of GivenOptions is what it fills.
struct GlobalOption {
  std::string_view short_form;  // "-c"; may be empty
  std::string_view long_form;   // "--config"
  bool takes_value = true;
  std::string_view help;
};
const std::vector<GlobalOption>& global_options();

struct CommandPath {
  const Command* command = nullptr;
  std::string group;                // where there is no command: the words that were understood
  std::string unknown;              // the first word that was not
  bool wants_help = false;          // "help" stood among the words
  std::vector<std::string> before;  // global options in front of the command's last word
  std::vector<std::string> after;   // what is left for the command
};

CommandPath find_command(const std::vector<std::string>& words);

// The commands and groups below `group` ("" is the program), for people.
std::string describe_group(const std::string& group);
// The closest name below `group`; empty if none is near.
std::string closest_word(const std::string& group, const std::string& word);

}  // namespace garage::cli
