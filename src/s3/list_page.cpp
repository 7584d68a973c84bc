#include "s3/list_page.hpp"

#include <algorithm>

#include "codec/base64.hpp"
#include "codec/percent.hpp"
#include "s3/numbers.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kPageItemsMax = 1000;
// Reserved for other kinds of tokens; tells ours from a client's invention.
constexpr char kTokenMark = '[';

}  // namespace

api::ApiResult<size_t> parse_page_size(std::optional<std::string_view> text) {
  if (!text || text->empty()) return kPageItemsMax;
  const auto number = parse_number(*text);
  if (!number || *number > INT32_MAX) {
    return api::api_fail(api::ErrorCode::kInvalidArgument,
                         "Provided page size is not an integer or within integer range");
  }
  return std::min(static_cast<size_t>(*number), kPageItemsMax);
}

api::ApiResult<ListParameters> list_parameters(const Call& call, std::string_view max_name) {
  ListParameters parameters;
  parameters.prefix = call.query("prefix").value_or("");
  parameters.delimiter = call.query("delimiter").value_or("");
  API_TRY(parameters.items_max, parse_page_size(call.query(max_name)));
  if (const auto encoding = call.query("encoding-type"); encoding && !encoding->empty()) {
    if (*encoding != "url")
      return api::api_fail(api::ErrorCode::kInvalidArgument, "Invalid Encoding Method specified in Request");
    parameters.url_encoded = true;
  }
  return parameters;
}

std::string_view ListText::operator()(std::string_view text) const {
  if (!url_encoded_) return text;
  encoded_.clear();
  codec::append_percent_encoded(encoded_, text, true);
  return encoded_;
}

std::string encode_continuation(std::string_view from) {
  return kTokenMark + codec::to_base64(from);
}

api::ApiResult<std::string> decode_continuation(std::string_view token) {
  if (token.starts_with(kTokenMark)) {
    if (auto from = codec::from_base64(token.substr(1))) return std::move(*from);
  }
  return api::api_fail(api::ErrorCode::kInvalidArgument, "The continuation token provided is incorrect");
}

}  // namespace garage::s3
