#include "api/authenticate.hpp"

#include "api/credential.hpp"
#include "api/payload_mode.hpp"
#include "api/signature_v2.hpp"
#include "api/signature_v4.hpp"
#include "api/signature_v4_claim.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

bool has_v2_query(const ParsedUri& uri) {
  return uri.query.has("Signature") && uri.query.has("AWSAccessKeyId");
}

ApiResult<Authenticated> anonymous(const http::Request& request) {
  API_TRY(const Payload payload, parse_payload_without_v4(request.headers.get("x-amz-content-sha256")));
  return Authenticated{.principal = Principal::anonymous(),
                       .presigned = false,
                       .payload = payload.mode,
                       .content_sha256 = payload.sha256,
                       .chunk_signing = nullptr,
                       .headers = EffectiveHeaders(request.headers)};
}

ApiResult<Authenticated> by_header(const http::Request& request, const ParsedUri& uri, std::string_view authorization,
                                   const AuthContext& context) {
  if (authorization.empty()) return api_fail(ErrorCode::kAccessDenied);
  if (authorization.starts_with(kV4Algorithm) &&
      (authorization.size() == kV4Algorithm.size() || http::is_blank(authorization[kV4Algorithm.size()]))) {
    return authenticate_v4_header(request, uri, authorization, context);
  }
  if (authorization.starts_with("AWS ")) return authenticate_v2_header(request, uri, authorization, context);
  return api_fail(ErrorCode::kInvalidRequest,
                  "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
}

// Where credentials stand. All places are looked at, so that two of them never count as one.
struct Places {
  bool v4_query = false;
  bool v2_query = false;
  std::vector<std::string_view> headers;
};

}  // namespace

ApiResult<Authenticated> authenticate(const http::Request& request, const ParsedUri& uri, const AuthContext& context) {
  if (request.method == http::Method::kOptions) return anonymous(request);
  const Places places{has_v4_query(uri), has_v2_query(uri), request.headers.get_all("authorization")};
  if (places.headers.size() + places.v4_query + places.v2_query > 1) {
    return api_fail(ErrorCode::kInvalidArgument,
                    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                    "parameter or the Authorization header should be specified");
  }
  if (places.v4_query) return authenticate_v4_query(request, uri, context);
  if (places.v2_query) return authenticate_v2_query(request, uri, context);
  if (!places.headers.empty()) return by_header(request, uri, places.headers[0], context);
  return anonymous(request);
}

bool is_post_form(const http::Request& request) {
  if (request.method != http::Method::kPost) return false;
  const auto type = request.headers.get("content-type");
  constexpr std::string_view kFormType = "multipart/form-data";
  return type && http::equal_ignoring_case(type->substr(0, kFormType.size()), kFormType);
}

std::string_view claimed_key_id(const http::Request& request, const ParsedUri& uri) {
  if (const auto authorization = request.headers.get("authorization")) {
    if (const auto credential = Credential::parse(credential_in_header(*authorization))) return credential->key_id;
    return v2_key_id(*authorization);
  }
  for (const QueryParam& param : uri.query) {
    if (http::equal_ignoring_case(param.name, "x-amz-credential")) {
      const auto credential = Credential::parse(param.value);
      return credential ? credential->key_id : std::string_view();
    }
  }
  return uri.query.get("AWSAccessKeyId").value_or("");
}

}  // namespace garage::api
