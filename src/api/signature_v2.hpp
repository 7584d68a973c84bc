// Signature version 2 (HMAC-SHA1), for old clients: in the Authorization header, or in the query. Off unless
// configured.
#pragma once

#include <string>

#include "api/authenticate.hpp"

namespace garage::api {

// `authorization` starts with "AWS ".
ApiResult<Authenticated> authenticate_v2_header(const http::Request& request, const ParsedUri& uri,
                                                std::string_view authorization, const AuthContext& context);
// The query has AWSAccessKeyId and Signature.
ApiResult<Authenticated> authenticate_v2_query(const http::Request& request, const ParsedUri& uri,
                                               const AuthContext& context);

// Base64 of HMAC-SHA1(secret, text) in constant time against what the client claims.
bool matches_v2(const Secret& secret, std::string_view text, std::string_view claimed_base64);

// The key id of "AWS <id>:<signature>"; empty if it cannot be split.
std::string_view v2_key_id(std::string_view authorization);

}  // namespace garage::api
