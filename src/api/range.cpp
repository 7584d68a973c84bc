#include "api/range.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

// Decimal digits only; what does not fit becomes the largest number, which is beyond any object as well.
std::optional<uint64_t> parse_position(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : digits) {
    if (!http::is_digit(c)) return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  return value;
}

// "bytes=FIRST-LAST", either of which may be empty.
struct RangeText {
  std::string_view first;
  std::string_view last;
};

std::optional<RangeText> split_range(std::string_view header) {
  constexpr std::string_view kUnit = "bytes=";
  if (!http::equal_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  const std::string_view spec = http::trim_blanks(header.substr(kUnit.size()));
  const size_t dash = spec.find('-');
  if (dash == spec.npos || spec.find(',') != spec.npos) return std::nullopt;
  return RangeText{spec.substr(0, dash), spec.substr(dash + 1)};
}

std::unexpected<ApiError> unsatisfiable(std::string_view header, uint64_t size) {
  auto refusal = api_fail(ErrorCode::kInvalidRange);
  refusal.error().headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
  refusal.error().xml_extra.emplace_back("RangeRequested", header);
  refusal.error().xml_extra.emplace_back("ActualObjectSize", std::to_string(size));
  return refusal;
}

}  // namespace

ApiResult<std::optional<ByteRange>> resolve_range(std::optional<std::string_view> header, uint64_t size) {
  if (!header) return std::nullopt;
  const auto text = split_range(*header);
  if (!text) return std::nullopt;
  const auto last = parse_position(text->last);
  if (text->first.empty()) {  // the last so many bytes
    if (!last) return std::nullopt;
    const uint64_t length = std::min(*last, size);
    if (length == 0) return unsatisfiable(*header, size);
    return ByteRange{size - length, length};
  }
  const auto first = parse_position(text->first);
  if (!first || (!last && !text->last.empty()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return unsatisfiable(*header, size);
  const uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return ByteRange{*first, end - *first + 1};
}

ApiResult<ByteRange> resolve_copy_range(std::string_view header, uint64_t source_size) {
  const auto text = split_range(header);
  const auto first = text ? parse_position(text->first) : std::nullopt;
  const auto last = text ? parse_position(text->last) : std::nullopt;
  if (!first || !last || *last < *first) {
    auto refusal =
        api_fail(ErrorCode::kInvalidArgument,
                 "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
                 "the zero-based offsets of the first and last bytes to copy");
    refusal.error().xml_extra = {{"ArgumentName", "x-amz-copy-source-range"}, {"ArgumentValue", std::string(header)}};
    return refusal;
  }
  if (*last >= source_size) return unsatisfiable(header, source_size);
  return ByteRange{*first, *last - *first + 1};
}

std::string content_range(ByteRange range, uint64_t size) {
  ASSERT(range.length > 0, "an empty range has no last byte");
  return "bytes " + std::to_string(range.offset) + "-" + std::to_string(range.offset + range.length - 1) + "/" +
         std::to_string(size);
}

}  // namespace garage::api
