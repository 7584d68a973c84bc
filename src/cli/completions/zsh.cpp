#include "cli/completions/completion_words.hpp"
#include "cli/completions/scripts.hpp"

namespace garage::cli {
namespace {

constexpr std::string_view kScript = R"(#compdef garage

_garage() {
  local at="" word
  local -i i=2
  local -a offered values
  while (( i < CURRENT )); do
    word=${words[i]}
    case $word in
      (@GLOBAL_VALUES_OR@) (( i++ )) ;;
      (-*) ;;
      (*) at="${at:+$at }$word" ;;
    esac
    (( i++ ))
  done
  case $at in
@CASES@  esac
  values+=(@GLOBAL_VALUES@)
  if (( ${values[(Ie)${words[CURRENT-1]}]} )); then
    _files
    return
  fi
  [[ ${words[CURRENT]} == -* ]] && offered+=(@GLOBAL@)
  _describe -V garage offered || _files
}

if [[ "$funcstack[1]" == "_garage" ]]; then
  _garage "$@"
else
  compdef _garage garage
fi
)";

std::string described(const CompletionWords& words) {
  std::string out;
  for (const CompletionWord& word : words) {
    std::string item(word.text);
    fill_in(item, ":", "\\:");
    out += (out.empty() ? "" : " ") + quoted(item + ":" + std::string(word.help), "'\\''");
  }
  return out;
}

std::string assignments(const CompletionWords& words) {
  return "offered=(" + described(words) + ") values=(" + joined_with_value(words, " ") + ")";
}

}  // namespace

std::string zsh_completions() {
  std::string script(kScript);
  fill_in(script, "@CASES@", cases_of_paths(assignments));
  fill_in(script, "@GLOBAL@", described(global_words()));
  fill_in(script, "@GLOBAL_VALUES@", joined_with_value(global_words(), " "));
  fill_in(script, "@GLOBAL_VALUES_OR@", joined_with_value(global_words(), "|"));
  return script;
}

}  // namespace garage::cli
