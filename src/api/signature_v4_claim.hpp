// Internal to api: what a request claims about its V4 signature, before anything is believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/canonical_request.hpp"
#include "api/credential.hpp"
#include "api/error.hpp"
#include "api/uri.hpp"
#include "http/request.hpp"

namespace garage::api {

struct V4Claim {
  Credential credential;
  SignedHeaders signed_headers;
  std::string_view signature;  // as sent
  std::string timestamp;       // yyyymmddThhmmssZ
  WallTime time;
  std::string_view payload;  // the last line of the canonical request
  bool presigned = false;
};

// AuthorizationHeaderMalformed, or AccessDenied without a usable date, or InvalidRequest without x-amz-content-sha256.
ApiResult<V4Claim> claim_in_header(const http::Request& request, std::string_view authorization);

// AuthorizationQueryParametersError, or AccessDenied if the URL is not valid now.
ApiResult<V4Claim> claim_in_query(const http::Request& request, const ParsedUri& uri, const AuthContext& context);

// Is this query parameter part of the signature itself, rather than one that acts as a header?
bool is_signature_param(std::string_view name);

// The Credential field of an Authorization header, for the access log; empty if there is none.
std::string_view credential_in_header(std::string_view authorization);

}  // namespace garage::api
