#include "api/content_encoding.hpp"

#include <algorithm>
#include <string_view>

#include "http/characters.hpp"

namespace garage::api {

std::optional<std::string> stored_content_encoding(const EffectiveHeaders& headers) {
  std::string stored;
  for (std::string_view rest : headers.get_all("content-encoding")) {
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view coding = http::trim_blanks(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (coding.empty() || http::equal_ignoring_case(coding, "aws-chunked")) continue;
      if (!stored.empty()) stored += ", ";
      stored.append(coding);
    }
  }
  if (stored.empty()) return std::nullopt;
  return stored;
}

}  // namespace garage::api
