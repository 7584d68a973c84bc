#include "api/tagging.hpp"

#include <algorithm>

#include "codec/percent.hpp"
#include "codec/utf8.hpp"

namespace garage::api {
namespace {

constexpr size_t kKeyCharactersMax = 128;
constexpr size_t kValueCharactersMax = 256;
constexpr size_t kHeaderBytesMax = 8 << 10;

std::unexpected<ApiError> invalid(std::string_view why) {
  return api_fail(ErrorCode::kInvalidTag, std::string(why));
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Letters, digits and blanks of any script, and a few marks.
bool is_allowed(std::string_view text) {
  const bool marks = std::ranges::all_of(text, [](char c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alnum || static_cast<unsigned char>(c) >= 0x80 || std::string_view(" +-=._:/@").contains(c);
  });
  return marks && codec::is_valid_utf8(text);
}

}  // namespace

ApiResult<void> add_tag(Tags& tags, std::string key, std::string value, size_t tags_max) {
  if (key.empty() || characters(key) > kKeyCharactersMax) {
    return invalid("The TagKey you have provided is invalid");
  }
  if (key.starts_with("aws:")) return invalid("System tags cannot be added/updated by requester");
  if (!is_allowed(key)) return invalid("The TagKey you have provided is invalid");
  if (characters(value) > kValueCharactersMax || !is_allowed(value)) {
    return invalid("The TagValue you have provided is invalid");
  }
  if (!tags.emplace(std::move(key), std::move(value)).second) {
    return invalid("Cannot provide multiple Tags with the same key");
  }
  if (tags.size() > tags_max) return invalid("There are more tags than allowed");
  return {};
}

ApiResult<Tags> parse_tagging_header(std::string_view header) {
  if (header.size() > kHeaderBytesMax) return invalid("The tags are too long");
  return parse_tagging(header);
}

ApiResult<Tags> parse_tagging(std::string_view text) {
  Tags tags;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    auto key = codec::percent_decode(pair.substr(0, equals), true);
    auto value = codec::percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!key || !value) return invalid("The tags must be in the form of an URL query");
    API_CHECK_OK(add_tag(tags, std::move(*key), std::move(*value), kObjectTagsMax));
  }
  return tags;
}

std::string render_tagging(const Tags& tags) {
  std::string out;
  for (const auto& [key, value] : tags) {
    if (!out.empty()) out += '&';
    codec::append_percent_encoded(out, key, false);
    out += '=';
    codec::append_percent_encoded(out, value, false);
  }
  return out;
}

uint64_t tag_count(std::string_view stored) {
  return stored.empty() ? 0 : 1 + static_cast<uint64_t>(std::ranges::count(stored, '&'));
}

}  // namespace garage::api
