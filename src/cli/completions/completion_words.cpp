#include "cli/completions/completion_words.hpp"

#include <algorithm>
#include <iterator>

#include "cli/command.hpp"
#include "cli/command_path.hpp"
#include "cli/commands/repair_names.hpp"
#include "cli/completions/scripts.hpp"

namespace garage::cli {
namespace {

void add_once(CompletionWords& words, const CompletionWord& word) {
  if (std::ranges::find(words, word.text, &CompletionWord::text) == words.end()) words.push_back(word);
}

// The words of its path, each behind those before it.
void add_path(std::map<std::string, CompletionWords>& out, const Command& command) {
  size_t begin = 0;
  while (begin < command.path.size()) {
    const size_t end = std::min(command.path.find(' ', begin), command.path.size());
    const std::string_view before = command.path.substr(0, begin == 0 ? 0 : begin - 1);
    const bool is_whole = end == command.path.size();
    const std::string_view help = is_whole ? command.help : group_help(command.path.substr(0, end));
    add_once(out[std::string(before)], {command.path.substr(begin, end - begin), help});
    begin = end + 1;
  }
}

void add_options(CompletionWords& out, const Command& command) {
  for (const Argument& argument : command.arguments) {
    if (!argument.spelling.starts_with('-')) continue;
    const std::string_view all = argument.spelling;
    const size_t comma = all.find(',');
    const bool takes_value = argument.form != Form::kFlag;
    out.push_back({all.substr(0, comma), argument.help, takes_value});
    if (comma != std::string_view::npos) out.push_back({all.substr(comma + 1), argument.help, takes_value});
  }
}

}  // namespace

const std::map<std::string, CompletionWords>& words_by_path() {
  static const auto words = [] {
    std::map<std::string, CompletionWords> out;
    for (const Command& command : command_table()) {
      if (command.hidden) continue;
      add_path(out, command);
      add_options(out[std::string(command.path)], command);
    }
    for (const RepairName& one : kRepairs) {
      if (!one.type.empty()) out["repair"].push_back({one.word, one.help});
    }
    for (const ShellCompletions& one : kShells) out["completions"].push_back({one.shell, "A shell"});
    return out;
  }();
  return words;
}

const CompletionWords& global_words() {
  static const auto words = [] {
    CompletionWords out;
    for (const GlobalOption& option : global_options()) {
      for (const std::string_view form : {option.short_form, option.long_form}) {
        if (!form.empty()) out.push_back({form, option.help, option.takes_value});
      }
    }
    return out;
  }();
  return words;
}

std::string joined(const CompletionWords& words, std::string_view between) {
  std::string out;
  for (const CompletionWord& word : words) out.append(out.empty() ? "" : between).append(word.text);
  return out;
}

std::string joined_with_value(const CompletionWords& words, std::string_view between) {
  CompletionWords those;
  std::ranges::copy_if(words, std::back_inserter(those), &CompletionWord::takes_value);
  return joined(those, between);
}

std::string quoted(std::string_view text, std::string_view quote) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += quote;
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string described_lines(const CompletionWords& words, std::string_view before, std::string_view between,
                            std::string_view after) {
  std::string out;
  for (const CompletionWord& word : words) {
    out.append(before).append(quoted(word.text, "''")).append(between).append(quoted(word.help, "''")).append(after);
    out += '\n';
  }
  return out;
}

std::string cases_of_paths(std::string (*assignments)(const CompletionWords& words)) {
  std::string out;
  // What has more words comes first: the first pattern that fits counts. Behind a command's name others follow that are
  // the user's own.
  for (auto it = words_by_path().rbegin(); it != words_by_path().rend(); ++it) {
    const auto& [path, words] = *it;
    const std::string longer = path.empty() ? "" : "|\"" + path + " \"*";
    out += "    (\"" + path + "\"" + longer + ") " + assignments(words) + " ;;\n";
  }
  return out;
}

void fill_in(std::string& script, std::string_view name, std::string_view text) {
  for (size_t at = script.find(name); at != std::string::npos; at = script.find(name, at + text.size())) {
    script.replace(at, name.size(), text);
  }
}

}  // namespace garage::cli
