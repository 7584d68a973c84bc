// What a key is rolled up to in a listing with a delimiter. Private to this module.
#pragma once

#include <string>
#include <string_view>

namespace garage::object {

// Through the first delimiter behind `prefix`; empty where the key is listed by itself.
inline std::string common_prefix_of(std::string_view key, std::string_view prefix, std::string_view delimiter) {
  if (delimiter.empty() || !key.starts_with(prefix)) return {};
  const size_t at = key.find(delimiter, prefix.size());
  return at == std::string_view::npos ? std::string() : std::string(key.substr(0, at + delimiter.size()));
}

}  // namespace garage::object
