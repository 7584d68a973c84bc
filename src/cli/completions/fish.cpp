#include "cli/completions/completion_words.hpp"
#include "cli/completions/scripts.hpp"

namespace garage::cli {
namespace {

constexpr std::string_view kScript = R"(function __garage_at
    set -l known @PATHS@
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case @GLOBAL_VALUES@
                set skip 1
            case '-*'
            case '*'
                set -l next (string trim -- "$at $word")
                contains -- $next $known; and set at $next
        end
    end
    echo $at
end
function __garage_is_at
    set -l at (__garage_at)
    test "$at" = "$argv[1]"
end
complete -c garage -f
)";

std::string quoted_for_fish(std::string_view text) {
  return quoted(text, "\\'");
}

std::string line_of(const CompletionWord& word, const std::string& condition) {
  std::string line = "complete -c garage" + condition;
  const std::string_view text = word.text;
  if (text.starts_with("--")) {
    line.append(" -l ").append(text.substr(2));
  } else if (text.starts_with('-')) {
    line.append(" -s ").append(text.substr(1));
  } else {
    line += " -a " + quoted_for_fish(text);
  }
  if (word.takes_value) line += text.ends_with("-file") || text == "--config" || text == "-c" ? " -r -F" : " -r";
  return line + " -d " + quoted_for_fish(word.help) + "\n";
}

}  // namespace

std::string fish_completions() {
  std::string paths, script(kScript);
  for (const auto& [path, words] : words_by_path()) {
    if (!path.empty()) paths += (paths.empty() ? "" : " ") + quoted_for_fish(path);
    const std::string condition = " -n '__garage_is_at \"" + path + "\"'";
    for (const CompletionWord& word : words) script += line_of(word, condition);
  }
  for (const CompletionWord& word : global_words()) script += line_of(word, "");
  fill_in(script, "@PATHS@", paths);
  fill_in(script, "@GLOBAL_VALUES@", joined_with_value(global_words(), " "));
  return script;
}

}  // namespace garage::cli
