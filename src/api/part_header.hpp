// Internal to api: the head of one part of a multipart/form-data body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/error.hpp"

namespace garage::api {

struct PartHeader {
  std::string name;  // lower-cased
  std::optional<std::string> filename;
  std::optional<std::string> content_type;
};

// `head` is the fields of a part, separated by CRLF. MalformedPOSTRequest without a Content-Disposition that names the
// field.
ApiResult<PartHeader> parse_part_header(std::string_view head);

// The boundary parameter of a Content-Type; nothing if it has none that RFC 2046 allows.
std::optional<std::string> boundary_of(std::string_view content_type);

}  // namespace garage::api
