// What a shell may offer where, out of the one table of commands.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace garage::cli {

struct CompletionWord {
  std::string_view text;  // one spelling of an option, or a word of a path
  std::string_view help;
  bool takes_value = false;  // the next word belongs to it
};
using CompletionWords = std::vector<CompletionWord>;

// Behind which words of a path ("" at first, "bucket", "bucket create") which ones may follow, in the table's order.
// Commands that are hidden are left out. Views into the tables, which outlive it.
const std::map<std::string, CompletionWords>& words_by_path();
// May stand anywhere.
const CompletionWords& global_words();

// The texts of the words, or of those that take a value, with `between` between them.
std::string joined(const CompletionWords& words, std::string_view between);
std::string joined_with_value(const CompletionWords& words, std::string_view between);
// In single quotes, where `quote` stands for one within: '\'' or ''.
std::string quoted(std::string_view text, std::string_view quote);
// A line for each word: `before`, the word and its help with `between` between them, `after`; quoted by ''.
std::string described_lines(const CompletionWords& words, std::string_view before, std::string_view between,
                            std::string_view after);
// Branches of a `case` of bash and zsh over the path: `assignments` says what is done with the words that may follow.
std::string cases_of_paths(std::string (*assignments)(const CompletionWords& words));
// Every occurrence of `name` in the script becomes `text`.
void fill_in(std::string& script, std::string_view name, std::string_view text);

}  // namespace garage::cli
