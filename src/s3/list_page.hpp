// What all listings have in common: their parameters, encoding-type, continuation tokens.
#pragma once

#include <string>
#include <string_view>

#include "s3/call.hpp"

namespace garage::s3 {

struct ListParameters {
  std::string prefix;
  std::string delimiter;  // empty: none
  size_t items_max = 1000;
  bool url_encoded = false;
};

// `max_name` is the parameter for the size of the page. InvalidArgument for what cannot be read.
api::ApiResult<ListParameters> list_parameters(const Call& call, std::string_view max_name);
// 0 to 1000; larger is 1000.
api::ApiResult<size_t> parse_page_size(std::optional<std::string_view> text);

// Keys as the client wants them: percent-encoded under encoding-type=url, else as they are.
class ListText {
 public:
  explicit ListText(bool url_encoded) : url_encoded_(url_encoded) {}
  // Valid until the next call, or as long as `text`.
  std::string_view operator()(std::string_view text) const;

 private:
  bool url_encoded_;
  mutable std::string encoded_;
};

// Opaque to clients; names where the next page begins. InvalidArgument for a token that is not ours.
std::string encode_continuation(std::string_view from);
api::ApiResult<std::string> decode_continuation(std::string_view token);

}  // namespace garage::s3
