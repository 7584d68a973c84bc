#include "api/signature_v4.hpp"

#include "api/canonical_request.hpp"
#include "api/credential.hpp"
#include "api/hex_text.hpp"
#include "api/payload_mode.hpp"
#include "api/principal_mint.hpp"
#include "api/signature_v4_claim.hpp"
#include "base/secret.hpp"
#include "codec/percent.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

std::string string_to_sign(const V4Claim& claim, std::string_view canonical) {
  std::string out;
  out.reserve(192);
  out.append(kV4Algorithm).append(1, '\n').append(claim.timestamp).append(1, '\n').append(claim.credential.scope);
  out.append(1, '\n').append(hex_text(crypto::sha256(canonical)));
  return out;
}

// The signature that these texts have, if it is the claimed one.
bool matches(const crypto::Sha256Digest& computed, const std::optional<crypto::Sha256Digest>& claimed) {
  return claimed && equal_constant_time(crypto::view(computed), crypto::view(*claimed));
}

std::unexpected<ApiError> mismatch(const V4Claim& claim, std::string to_sign, std::string canonical) {
  auto refusal = api_fail(ErrorCode::kSignatureDoesNotMatch);
  auto& extra = refusal.error().xml_extra;
  extra.emplace_back("AWSAccessKeyId", claim.credential.key_id);
  extra.emplace_back("StringToSign", std::move(to_sign));
  extra.emplace_back("SignatureProvided", claim.signature);
  extra.emplace_back("CanonicalRequest", std::move(canonical));
  return refusal;
}

ApiResult<void> verify(const http::Request& request, const ParsedUri& uri, const V4Claim& claim,
                       const SigningKey& key) {
  const auto claimed = parse_hex_text(claim.signature);
  auto canonical = canonical_request(request, uri, uri.raw_path, claim.signed_headers, claim.payload, claim.presigned);
  if (!canonical) return mismatch(claim, {}, {});
  auto to_sign = string_to_sign(claim, *canonical);
  if (matches(key.sign(to_sign), claimed)) return {};

  const std::string path = codec::percent_encode(uri.path, true);
  if (path != uri.raw_path) {
    const auto second = canonical_request(request, uri, path, claim.signed_headers, claim.payload, claim.presigned);
    if (second && matches(key.sign(string_to_sign(claim, *second)), claimed)) return {};
  }
  return mismatch(claim, std::move(to_sign), std::move(*canonical));
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = http::to_lower(c);
  return lower;
}

// SDKs sign a PUT long before its body exists, and with it the checksum of no bytes at all. That is no promise about
// the body that will come.
bool is_checksum_of_nothing(std::string_view name, std::string_view value) {
  if (name == "x-amz-sdk-checksum-algorithm") return true;
  if (name == "x-amz-checksum-crc32" || name == "x-amz-checksum-crc32c") return value == "AAAAAA==";
  if (name == "x-amz-checksum-crc64nvme") return value == "AAAAAAAAAAA=";
  if (name == "x-amz-checksum-sha1") return value == "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
  return name == "x-amz-checksum-sha256" && value == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
}

// Query parameters of a presigned URL that act as headers. A header of the same name must agree.
ApiResult<void> adopt_query_headers(const ParsedUri& uri, EffectiveHeaders& headers) {
  for (const QueryParam& param : uri.query) {
    if (param.name.size() <= 6 || !http::equal_ignoring_case(param.name.substr(0, 6), "x-amz-")) continue;
    if (is_signature_param(param.name)) continue;
    std::string name = lower_case(param.name);
    if (is_checksum_of_nothing(name, param.value)) continue;
    const auto present = headers.get_all(name);
    if (present.size() > 1 || (present.size() == 1 && present[0] != param.value)) {
      return api_fail(ErrorCode::kInvalidRequest, "The query parameter " + name + " contradicts another value of it.");
    }
    if (present.empty()) headers.add_from_query(std::move(name), param.value);
  }
  return {};
}

std::shared_ptr<const ChunkSigning> chunk_signing(const V4Claim& claim, const SigningKey& key) {
  return std::make_shared<const ChunkSigning>(ChunkSigning{.key = key,
                                                           .timestamp = claim.timestamp,
                                                           .scope = std::string(claim.credential.scope),
                                                           .seed_signature = lower_case(claim.signature)});
}

// From a claim to a principal: everything between them is verified here.
ApiResult<Authenticated> verify_claim(const http::Request& request, const ParsedUri& uri, const V4Claim& claim,
                                      const AuthContext& context) {
  API_TRY(const Payload payload, parse_payload(claim.payload));
  API_CHECK_OK(check_signed_headers(claim.signed_headers, request));
  API_TRY(auto record, find_key(context, claim.credential.key_id));
  const SigningKey& key = context.signing_keys.get(record, claim.credential.date, claim.credential.region);
  API_CHECK_OK(verify(request, uri, claim, key));

  Authenticated out{.principal = PrincipalMint::signed_by(std::move(record)),
                    .presigned = claim.presigned,
                    .payload = payload.mode,
                    .content_sha256 = payload.sha256,
                    .chunk_signing = nullptr,
                    .headers = EffectiveHeaders(request.headers)};
  if (payload.mode == PayloadMode::kStreamingSigned || payload.mode == PayloadMode::kStreamingSignedTrailer) {
    out.chunk_signing = chunk_signing(claim, key);
  }
  return out;
}

}  // namespace

bool has_v4_query(const ParsedUri& uri) {
  for (const QueryParam& param : uri.query) {
    if (http::equal_ignoring_case(param.name, "x-amz-algorithm")) return true;
  }
  return false;
}

ApiResult<Authenticated> authenticate_v4_header(const http::Request& request, const ParsedUri& uri,
                                                std::string_view authorization, const AuthContext& context) {
  API_TRY(const V4Claim claim, claim_in_header(request, authorization));
  API_CHECK_OK(check_scope(claim.credential, std::string_view(claim.timestamp).substr(0, 8), context,
                           ErrorCode::kAuthorizationHeaderMalformed));
  API_CHECK_OK(check_skew(claim.time, claim.timestamp, context.now));
  return verify_claim(request, uri, claim, context);
}

ApiResult<Authenticated> authenticate_v4_query(const http::Request& request, const ParsedUri& uri,
                                               const AuthContext& context) {
  API_TRY(const V4Claim claim, claim_in_query(request, uri, context));
  API_CHECK_OK(check_scope(claim.credential, std::string_view(claim.timestamp).substr(0, 8), context,
                           ErrorCode::kAuthorizationQueryParametersError));
  API_TRY(auto who, verify_claim(request, uri, claim, context));
  API_CHECK_OK(adopt_query_headers(uri, who.headers));
  return who;
}

}  // namespace garage::api
