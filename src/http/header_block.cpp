#include "http/header_block.hpp"

#include <charconv>

#include "http/characters.hpp"

namespace garage::http {
namespace {

constexpr size_t kUsualBytes = 500;  // what the fields of an ordinary answer fit into

// The fields that decide where a message ends, and those the connection adds to every message, have one author.
bool is_written_by_connection(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equal_ignoring_case(name, "date") || equal_ignoring_case(name, "host");
    case 6:
      return equal_ignoring_case(name, "server");
    case 10:
      return equal_ignoring_case(name, "connection");
    case 14:
      return equal_ignoring_case(name, "content-length");
    case 17:
      return equal_ignoring_case(name, "transfer-encoding");
    default:
      return false;
  }
}

struct Line {
  size_t begin;
  size_t end;  // behind its line end
  std::string_view name;
  std::string_view value;
};

// The line that begins at `begin` of a text that add() wrote.
Line line_at(std::string_view text, size_t begin) {
  const size_t colon = text.find(':', begin);
  const size_t end = text.find('\r', colon);
  return {begin, end + 2, text.substr(begin, colon - begin), text.substr(colon + 2, end - colon - 2)};
}

}  // namespace

bool HeaderBlock::add(std::string_view name, std::string_view value) {
  if (!is_token(name) || is_written_by_connection(name)) return false;
  if (text_.capacity() < kUsualBytes) text_.reserve(kUsualBytes);
  text_.append(name).append(": ");
  const size_t begin = text_.size();
  text_.append(value);
  if (has_control_byte(value)) {
    for (size_t i = begin; i < text_.size(); ++i) {
      if (has_control_byte(std::string_view(text_).substr(i, 1))) text_[i] = ' ';
    }
  }
  text_.append("\r\n");
  return true;
}

bool HeaderBlock::add(std::string_view name, uint64_t value) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return add(name, std::string_view(digits, end));
}

bool HeaderBlock::set(std::string_view name, std::string_view value) {
  remove(name);
  return add(name, value);
}

void HeaderBlock::remove(std::string_view name) {
  for (size_t at = 0; at < text_.size();) {
    const Line line = line_at(text_, at);
    if (equal_ignoring_case(line.name, name)) {
      text_.erase(line.begin, line.end - line.begin);
    } else {
      at = line.end;
    }
  }
}

std::optional<std::string_view> HeaderBlock::get(std::string_view name) const {
  for (size_t at = 0; at < text_.size();) {
    const Line line = line_at(text_, at);
    if (equal_ignoring_case(line.name, name)) return line.value;
    at = line.end;
  }
  return std::nullopt;
}

}  // namespace garage::http
