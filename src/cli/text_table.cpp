#include "cli/text_table.hpp"

#include <algorithm>
#include <string_view>

namespace garage::cli {
namespace {

size_t characters_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string harmless(std::string text) {
  std::ranges::replace_if(text, is_control, '?');
  return text;
}

}  // namespace

std::string harmless_lines(std::string text) {
  std::ranges::replace_if(text, [](char c) { return is_control(c) && c != '\n'; }, '?');
  return text;
}

std::string text_table(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], characters_of(row[i]));
  }
  std::string out;
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += harmless(row[i]);
      if (i + 1 < row.size()) out.append(widths[i] + 2 - characters_of(row[i]), ' ');
    }
    out.push_back('\n');
  }
  return out;
}

}  // namespace garage::cli
