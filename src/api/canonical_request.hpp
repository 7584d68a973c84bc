// Internal to api: the canonical request of signature V4, built from the bytes as received.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/error.hpp"
#include "api/uri.hpp"
#include "http/request.hpp"

namespace garage::api {

// The names in SignedHeaders, sorted.
struct SignedHeaders {
  std::string_view text;  // as sent
  std::vector<std::string_view> names;
  bool was_sorted = true;

  bool has(std::string_view lower_name) const;
};

// Nothing for an empty list, an empty or repeated name, or more names than a request can have fields.
std::optional<SignedHeaders> parse_signed_headers(std::string_view text);

// AccessDenied unless Host and every x-amz-* header of the request are among the names. x-amz-content-sha256 may be
// missing: its value is in the canonical request anyway.
ApiResult<void> check_signed_headers(const SignedHeaders& headers, const http::Request& request);

// `path` is the canonical path. X-Amz-Signature is left out of the query if `presigned`. Nothing if a signed header is
// not there.
std::optional<std::string> canonical_request(const http::Request& request, const ParsedUri& uri, std::string_view path,
                                             const SignedHeaders& headers, std::string_view payload, bool presigned);

}  // namespace garage::api
