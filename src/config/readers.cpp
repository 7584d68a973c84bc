#include "config/readers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "codec/byte_size.hpp"
#include "codec/duration_text.hpp"

namespace garage::config {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() && port <= 65535;
}

bool is_ipv4(std::string_view text) {
  int fields = 0;
  while (true) {
    const size_t dot = text.find('.');
    const std::string_view field = text.substr(0, dot);
    if (field.empty() || field.size() > 3 || !is_port(field) || std::stoi(std::string(field)) > 255) return false;
    ++fields;
    if (dot == std::string_view::npos) return fields == 4;
    text.remove_prefix(dot + 1);
  }
}

// Close enough to tell a literal from a name; the system has the last word when it is used.
bool is_ipv6(std::string_view text) {
  return text.find(':') != std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
         });
}

bool is_socket_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1))) return false;
  const std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return is_ipv6(host.substr(1, host.size() - 2));
  return is_ipv4(host);
}

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorKind::kInvalid, std::move(message));
}

}  // namespace

std::unexpected<Error> expected(std::string_view what, const Value& found) {
  return invalid(fmt::format("expected {}, found {}", what, found.kind_name()));
}

Result<bool> read_bool(const Value& value) {
  if (const bool* flag = value.as_bool()) return *flag;
  return expected("true or false", value);
}

Result<int64_t> read_integer(const Value& value, int64_t least, int64_t most) {
  const int64_t* number = value.as_integer();
  if (!number) return expected("a whole number", value);
  if (*number < least || *number > most)
    return invalid(fmt::format("must be between {} and {}, found {}", least, most, *number));
  return *number;
}

Result<double> read_ratio(const Value& value) {
  const double* fraction = std::get_if<double>(&value.content);
  const int64_t* whole = value.as_integer();
  if (!fraction && !whole) return expected("a number from 0 to 1", value);
  const double number = fraction ? *fraction : static_cast<double>(*whole);
  if (!(number >= 0 && number <= 1)) return invalid(fmt::format("must be from 0 to 1, found {}", number));
  return number;
}

Result<uint64_t> read_size(const Value& value, uint64_t least, uint64_t most) {
  uint64_t bytes = 0;
  if (const int64_t* number = value.as_integer()) {
    if (*number < 0) return invalid("a size cannot be negative");
    bytes = static_cast<uint64_t>(*number);
  } else if (const std::string* text = value.as_text()) {
    auto parsed = codec::parse_byte_size(*text);
    if (!parsed) return std::unexpected(parsed.error().within("invalid size"));
    bytes = *parsed;
  } else {
    return expected("a size such as \"1MiB\" or a number of bytes", value);
  }
  if (bytes < least || bytes > most) {
    return invalid(fmt::format("must be between {} and {}, found {}", codec::binary_size(least),
                               codec::binary_size(most), codec::binary_size(bytes)));
  }
  return bytes;
}

Result<Milliseconds> read_duration(const Value& value, Milliseconds least) {
  const std::string* text = value.as_text();
  if (!text) return expected("a duration such as \"6h\"", value);
  auto parsed = codec::parse_duration(*text);
  if (!parsed) return std::unexpected(parsed.error().within("invalid duration"));
  if (*parsed < least) {
    return invalid(
        fmt::format("must be at least {} seconds", std::chrono::duration_cast<std::chrono::seconds>(least).count()));
  }
  return *parsed;
}

Result<std::string> read_text(const Value& value) {
  if (const std::string* text = value.as_text()) return *text;
  return expected("a string", value);
}

Result<std::string> read_path(const Value& value) {
  TRY(std::string path, read_text(value));
  if (path.empty()) return invalid("a path cannot be empty");
  // "dir" and "dir/" are the same directory.
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<std::string> read_address(const Value& value, bool unix_too) {
  const std::string* text = value.as_text();
  const std::string_view what =
      unix_too ? "an address such as \"[::]:3900\", or the path of a Unix socket" : "an address such as \"[::]:3901\"";
  if (!text) return expected(what, value);
  if (unix_too && text->starts_with('/')) return *text;
  if (!is_socket_address(*text)) {
    return invalid(fmt::format("expected {} (host names are not accepted here), found \"{}\"", what, *text));
  }
  return *text;
}

Result<std::string> read_admin_address(const Value& value) {
  const std::string* text = value.as_text();
  if (text && text->empty()) return std::string();
  return read_address(value, true);
}

Result<std::string> read_endpoint(const Value& value) {
  TRY(std::string url, read_text(value));
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos || scheme == 0) return invalid(fmt::format("endpoint url {} is incomplete", url));
  const size_t host = scheme + 3;
  const size_t end = std::min(url.find('/', host), url.size());
  if (end == host) return invalid(fmt::format("endpoint url {} is incomplete", url));
  url.resize(end);  // a path is not kept in object URLs
  return url;
}

Result<std::optional<int>> read_compression(const Value& value) {
  if (const int64_t* level = value.as_integer()) {
    if (*level < -131'072 || *level > 22) return invalid("zstd levels go from -131072 to 22");
    return std::optional<int>(static_cast<int>(*level));
  }
  if (const std::string* text = value.as_text()) {
    std::string word = *text;
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (word == "none") return std::optional<int>();
    return invalid(fmt::format("expected a zstd level (a number without quotes) or \"none\", found \"{}\"", *text));
  }
  return expected("a zstd level or \"none\"", value);
}

Result<std::vector<std::string>> read_text_list(const Value& value) {
  const Array* items = value.as_array();
  if (!items) return expected("an array of strings", value);
  std::vector<std::string> out;
  for (const Value& item : *items) {
    const std::string* text = item.as_text();
    if (!text) return expected("an array of strings only", item);
    out.push_back(*text);
  }
  return out;
}

Result<std::map<std::string, std::string>> read_text_map(const Value& value) {
  const Table* members = value.as_table();
  if (!members) return expected("a table of strings", value);
  std::map<std::string, std::string> out;
  for (const Member& member : *members) {
    const std::string* text = member.value.as_text();
    if (!text) return expected("a table of strings only", member.value);
    out[member.name] = *text;
  }
  return out;
}

Result<size_t> read_choice(const Value& value, const std::vector<std::string_view>& words) {
  const auto options = fmt::format("one of \"{}\"", fmt::join(words, "\", \""));
  const std::string* text = value.as_text();
  if (!text) return expected(options, value);
  const auto found = std::ranges::find(words, std::string_view(*text));
  if (found == words.end()) return invalid(fmt::format("expected {}, found \"{}\"", options, *text));
  return static_cast<size_t>(found - words.begin());
}

}  // namespace garage::config
