#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>

#include "cli/command.hpp"
#include "cli/commands.hpp"

namespace garage::cli {
namespace {

constexpr std::string_view kGlobalOptions =
    "-c --config -h --rpc-host -s --rpc-secret --rpc-secret-file --admin-token --admin-token-file --metrics-token "
    "--metrics-token-file "
    "--allow-world-readable-secrets --check-config --help -V --version";

// Which words may follow a path of words.
std::map<std::string, std::set<std::string>> words_by_path() {
  std::map<std::string, std::set<std::string>> out;
  for (const Command& command : command_table()) {
    if (command.hidden) continue;
    std::istringstream words{std::string(command.path)};
    std::string path, word;
    while (words >> word) {
      out[path].insert(word);
      path += (path.empty() ? "" : " ") + word;
    }
    for (const Argument& argument : command.arguments) {
      std::string_view spelling = argument.spelling;
      while (spelling.starts_with('-')) {
        const size_t comma = spelling.find(',');
        out[path].emplace(spelling.substr(0, comma));
        if (comma == std::string_view::npos) break;
        spelling.remove_prefix(comma + 1);
      }
    }
  }
  return out;
}

std::string bash_script() {
  std::string cases;
  for (const auto& [path, words] : words_by_path()) {
    std::string joined;
    for (const auto& word : words) joined += (joined.empty() ? "" : " ") + word;
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, joined);
  }
  return fmt::format(
      "_garage() {{\n"
      "  local path=\"\" words=\"\" word i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=\"${{COMP_WORDS[i]}}\"\n"
      "    case \"$word\" in\n"
      "      -c|--config|-h|--rpc-host|-s|--rpc-secret|--rpc-secret-file) ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) path=\"${{path:+$path }}$word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$path\" in\n{}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words {}\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "}}\n"
      "complete -o default -F _garage garage\n",
      cases, kGlobalOptions);
}

}  // namespace

Result<void> run_completions(Session& session) {
  const std::string shell = session.arguments.text("shell");
  if (shell != "bash")
    return fail(ErrorKind::kUnsupported,
                fmt::format("completions for {} are not implemented yet, only for bash", shell));
  session.out += bash_script();
  return {};
}

}  // namespace garage::cli
