#include "http/host.hpp"

#include "http/characters.hpp"

namespace garage::http {
namespace {

bool is_letter_or_digit(char c) {
  const char lower = to_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

bool is_valid_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  unsigned port = 0;
  for (char c : text) {
    if (!is_digit(c)) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port >= 1 && port <= 65535;
}

// The size of the name or bracketed address at the front; 0 if there is none.
size_t host_part_size(std::string_view value) {
  if (!value.starts_with('[')) {
    size_t size = 0;
    while (size < value.size() &&
           (is_letter_or_digit(value[size]) || value[size] == '-' || value[size] == '.' || value[size] == '_')) {
      ++size;
    }
    return size;
  }
  const size_t bracket = value.find(']');
  if (bracket == std::string_view::npos || bracket < 3) return 0;
  for (char c : value.substr(1, bracket - 1)) {
    const char lower = to_lower(c);
    if (!is_digit(c) && !(lower >= 'a' && lower <= 'f') && c != ':' && c != '.') return 0;
  }
  return bracket + 1;
}

}  // namespace

bool is_valid_host(std::string_view value) {
  if (value.size() > 255 + 6) return false;
  const size_t size = host_part_size(value);
  if (size == 0) return false;
  if (size == value.size()) return true;
  return value[size] == ':' && is_valid_port(value.substr(size + 1));
}

}  // namespace garage::http
