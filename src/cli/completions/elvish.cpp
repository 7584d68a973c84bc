#include "cli/completions/completion_words.hpp"
#include "cli/completions/scripts.hpp"

namespace garage::cli {
namespace {

constexpr std::string_view kScript = R"(use str
set edit:completion:arg-completer[garage] = {|@words|
  fn offer {|text help| edit:complex-candidate $text &display=$text'  '$help }
  var values = [@GLOBAL_VALUES@]
  var offered = [
@LISTS@  ]
  var at = ''
  var skip = $false
  for word $words[1..-1] {
    if $skip {
      set skip = $false
    } elif (has-value $values $word) {
      set skip = $true
    } elif (not (str:has-prefix $word '-')) {
      var next = (str:trim-space $at' '$word)
      if (has-key $offered $next) { set at = $next }
    }
  }
  $offered[$at]
  if (str:has-prefix $words[-1] '-') {
@GLOBAL@  }
}
)";

}  // namespace

std::string elvish_completions() {
  std::string lists;
  for (const auto& [path, words] : words_by_path()) {
    lists += "    &'" + path + "'= {\n" + described_lines(words, "      offer ", " ", "") + "    }\n";
  }
  std::string script(kScript);
  fill_in(script, "@LISTS@", lists);
  fill_in(script, "@GLOBAL@", described_lines(global_words(), "    offer ", " ", ""));
  fill_in(script, "@GLOBAL_VALUES@", joined_with_value(global_words(), " "));
  return script;
}

}  // namespace garage::cli
