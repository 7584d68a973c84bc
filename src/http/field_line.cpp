#include "http/field_line.hpp"

#include "http/characters.hpp"

namespace garage::http {

std::expected<FieldLine, std::string_view> parse_field_line(std::string_view line) {
  size_t name_size = 0;
  while (name_size < line.size() && is_token_character(line[name_size])) ++name_size;
  if (name_size == line.size()) return std::unexpected("a header line without a colon");
  if (name_size == 0) {
    return std::unexpected(is_blank(line[0]) ? "a folded header line" : "a header line without a name");
  }
  if (line[name_size] != ':') {
    return std::unexpected(is_blank(line[name_size]) ? "a blank in or after a header name"
                                                     : "a bad byte in a header name");
  }
  const std::string_view value = line.substr(name_size + 1);
  if (has_control_byte(value)) return std::unexpected("a control byte in a header value");
  return FieldLine{line.substr(0, name_size), trim_blanks(value)};
}

std::expected<std::string_view, std::string_view> take_line(std::string_view& text) {
  const size_t feed = text.find('\n');
  if (feed == std::string_view::npos) return std::unexpected("a line without an end");
  if (feed == 0 || text[feed - 1] != '\r') return std::unexpected("a bare line feed");
  const std::string_view line = text.substr(0, feed - 1);
  text.remove_prefix(feed + 1);
  return line;
}

void lower_case(char* text, size_t size) {
  for (size_t i = 0; i < size; ++i) text[i] = to_lower(text[i]);
}

}  // namespace garage::http
