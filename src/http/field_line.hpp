// One field line, "name: value", judged strictly. Shared by heads and trailers, so that both know one grammar.
#pragma once

#include <expected>
#include <string_view>

#include "http/headers.hpp"

namespace garage::http {

struct FieldLine {
  std::string_view name;   // a token, as sent
  std::string_view value;  // without the blanks around it, without control bytes
};

// `line` is without its line end. The error is what is wrong with it, a literal.
std::expected<FieldLine, std::string_view> parse_field_line(std::string_view line);

// Takes the line up to CRLF off the front of `text`. The error says that the text ends before, or that a line feed
// stands alone.
std::expected<std::string_view, std::string_view> take_line(std::string_view& text);

// Lower-cases in place.
void lower_case(char* text, size_t size);

}  // namespace garage::http
