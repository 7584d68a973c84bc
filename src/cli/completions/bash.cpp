#include "cli/completions/completion_words.hpp"
#include "cli/completions/scripts.hpp"

namespace garage::cli {
namespace {

constexpr std::string_view kScript = R"(_garage() {
  local at="" offered="" values="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in
      @GLOBAL_VALUES_OR@) ((i++)) ;;
      -*) ;;
      *) at="${at:+$at }$word" ;;
    esac
  done
  case "$at" in
@CASES@  esac
  # What an option is given is none of these words.
  [[ " $values @GLOBAL_VALUES@ " == *" ${COMP_WORDS[COMP_CWORD-1]} "* ]] && return
  [[ "${COMP_WORDS[COMP_CWORD]}" == -* ]] && offered="$offered @GLOBAL@"
  COMPREPLY=($(compgen -W "$offered" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _garage garage
)";

std::string assignments(const CompletionWords& words) {
  return "offered=\"" + joined(words, " ") + "\" values=\"" + joined_with_value(words, " ") + "\"";
}

}  // namespace

std::string bash_completions() {
  std::string script(kScript);
  fill_in(script, "@CASES@", cases_of_paths(assignments));
  fill_in(script, "@GLOBAL@", joined(global_words(), " "));
  fill_in(script, "@GLOBAL_VALUES@", joined_with_value(global_words(), " "));
  fill_in(script, "@GLOBAL_VALUES_OR@", joined_with_value(global_words(), "|"));
  return script;
}

}  // namespace garage::cli
