#include "cli/completions/completion_words.hpp"
#include "cli/completions/scripts.hpp"

namespace garage::cli {
namespace {

constexpr std::string_view kScript = R"(Register-ArgumentCompleter -Native -CommandName 'garage' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $values = @(@GLOBAL_VALUES@)
  $offered = [System.Collections.Generic.Dictionary[string, object[]]]::new()
@LISTS@  $at = ''
  $skip = $false
  foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
    $word = $element.Extent.Text
    if ($element.Extent.EndOffset -ge $cursorPosition -and $word -eq $wordToComplete) { break }
    if ($skip) { $skip = $false; continue }
    if ($values -ccontains $word) { $skip = $true; continue }
    if ($word.StartsWith('-')) { continue }
    $next = ($at + ' ' + $word).Trim()
    if ($offered.ContainsKey($next)) { $at = $next }
  }
  $words = $offered[$at]
  if ($wordToComplete.StartsWith('-')) {
    $words += @(
@GLOBAL@    )
  }
  foreach ($one in $words) {
    if ($one[0].StartsWith($wordToComplete)) {
      [System.Management.Automation.CompletionResult]::new($one[0], $one[0], 'ParameterValue', $one[1])
    }
  }
}
)";

}  // namespace

std::string powershell_completions() {
  std::string lists;
  for (const auto& [path, words] : words_by_path()) {
    lists += "  $offered['" + path + "'] = @(\n" + described_lines(words, "    , @(", ", ", ")") + "  )\n";
  }
  std::string values;
  for (const CompletionWord& word : global_words()) {
    if (word.takes_value) values += (values.empty() ? "" : ", ") + quoted(word.text, "''");
  }
  std::string script(kScript);
  fill_in(script, "@LISTS@", lists);
  fill_in(script, "@GLOBAL@", described_lines(global_words(), "      , @(", ", ", ")"));
  fill_in(script, "@GLOBAL_VALUES@", values);
  return script;
}

}  // namespace garage::cli
