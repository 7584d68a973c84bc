// Signature version 4, in the Authorization header or in the query (a presigned URL).
//
// Checks, in order: syntax, date, scope (with our region in the refusal), payload, coverage of headers, key, signature.
// The canonical request is built from the bytes as received; if a proxy has re-encoded the path, a second attempt with
// the path decoded and encoded again may still match.
#pragma once

#include "api/authenticate.hpp"

namespace garage::api {

constexpr std::string_view kV4Algorithm = "AWS4-HMAC-SHA256";
constexpr uint64_t kPresignedSecondsMax = 604800;

// Does the query carry X-Amz-Algorithm, in any case of letters?
bool has_v4_query(const ParsedUri& uri);

// `authorization` starts with kV4Algorithm and a blank.
ApiResult<Authenticated> authenticate_v4_header(const http::Request& request, const ParsedUri& uri,
                                                std::string_view authorization, const AuthContext& context);
ApiResult<Authenticated> authenticate_v4_query(const http::Request& request, const ParsedUri& uri,
                                               const AuthContext& context);

}  // namespace garage::api
