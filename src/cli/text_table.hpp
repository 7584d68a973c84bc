// Columns for people.
#pragma once

#include <string>
#include <vector>

namespace garage::cli {

using Row = std::vector<std::string>;

// Each column as wide as its widest cell, counted in characters, and two blanks; the last cell of a row is not padded.
// A line each, with its newline. Control characters of cells are shown as '?', so that a name cannot drive the
// terminal.
std::string text_table(const std::vector<Row>& rows);
// The same of text in lines, such as an error that quotes a name.
std::string harmless_lines(std::string text);

}  // namespace garage::cli
