#include "api/signature_v2.hpp"

#include <algorithm>
#include <charconv>

#include "api/credential.hpp"
#include "api/payload_mode.hpp"
#include "api/principal_mint.hpp"
#include "codec/base64.hpp"
#include "codec/iso_time.hpp"
#include "codec/percent.hpp"
#include "crypto/hmac.hpp"

namespace garage::api {
namespace {

// The query parameters that belong to the resource; response-* besides these.
constexpr std::string_view kSubResources[] = {
    "accelerate",   "acl",         "analytics",  "cors",        "delete",      "encryption",
    "inventory",    "legal-hold",  "lifecycle",  "location",    "logging",     "metrics",
    "notification", "object-lock", "partNumber", "policy",      "replication", "requestPayment",
    "restore",      "retention",   "select",     "select-type", "tagging",     "torrent",
    "uploadId",     "uploads",     "versionId",  "versioning",  "versions",    "website"};

bool is_sub_resource(std::string_view name) {
  return std::find(std::begin(kSubResources), std::end(kSubResources), name) != std::end(kSubResources) ||
         name.starts_with("response-");
}

void append_canonical_resource(std::string& out, const ParsedUri& uri, std::string_view path,
                               std::string_view virtual_host_bucket) {
  if (!virtual_host_bucket.empty()) out.append(1, '/').append(virtual_host_bucket);
  out.append(path);
  std::vector<const QueryParam*> params;
  for (const QueryParam& param : uri.query) {
    if (is_sub_resource(param.name)) params.push_back(&param);
  }
  std::sort(params.begin(), params.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  char separator = '?';
  for (const QueryParam* param : params) {
    out.append(1, separator).append(param->name);
    if (param->has_value) out.append(1, '=').append(param->value);
    separator = '&';
  }
}

void append_canonical_headers(std::string& out, const http::Headers& headers) {
  std::vector<std::string_view> names;
  for (const http::Header& field : headers) {
    if (field.name.starts_with("x-amz-")) names.push_back(field.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string_view name : names) {
    out.append(name);
    char separator = ':';
    for (const std::string_view value : headers.get_all(name)) {
      out.append(1, separator).append(value);
      separator = ',';
    }
    out += '\n';
  }
}

std::string string_to_sign(const http::Request& request, const ParsedUri& uri, std::string_view path,
                           std::string_view date_line, std::string_view virtual_host_bucket) {
  std::string out;
  out.append(request.method_text).append(1, '\n');
  out.append(request.headers.get("content-md5").value_or("")).append(1, '\n');
  out.append(request.headers.get("content-type").value_or("")).append(1, '\n');
  out.append(date_line).append(1, '\n');
  append_canonical_headers(out, request.headers);
  append_canonical_resource(out, uri, path, virtual_host_bucket);
  return out;
}

struct V2Claim {
  std::string_view key_id;
  std::string_view signature;
  std::string_view date_line;
  bool presigned = false;
};

// The path as received, as encoded anew, and for a bucket with the slash that some clients sign without sending it.
bool matches_any_path(const http::Request& request, const ParsedUri& uri, const V2Claim& claim, const Secret& secret,
                      std::string_view virtual_host_bucket) {
  const auto matches = [&](std::string_view path) {
    return matches_v2(secret, string_to_sign(request, uri, path, claim.date_line, virtual_host_bucket),
                      claim.signature);
  };
  const std::string path = codec::percent_encode(uri.path, true);
  if (matches(uri.raw_path) || (path != uri.raw_path && matches(path))) return true;
  const bool bucket_alone = virtual_host_bucket.empty() && uri.raw_path.find('/', 1) == uri.raw_path.npos;
  return bucket_alone && matches(std::string(uri.raw_path) + "/");
}

ApiResult<Authenticated> verify_claim(const http::Request& request, const ParsedUri& uri, const V2Claim& claim,
                                      const AuthContext& context) {
  API_TRY(const Payload payload, parse_payload_without_v4(request.headers.get("x-amz-content-sha256")));
  API_TRY(auto record, find_key(context, claim.key_id));
  if (!matches_any_path(request, uri, claim, record->secret, context.virtual_host_bucket)) {
    auto refusal = api_fail(ErrorCode::kSignatureDoesNotMatch);
    refusal.error().xml_extra = {
        {"AWSAccessKeyId", std::string(claim.key_id)},
        {"StringToSign", string_to_sign(request, uri, uri.raw_path, claim.date_line, context.virtual_host_bucket)},
        {"SignatureProvided", std::string(claim.signature)}};
    return refusal;
  }
  return Authenticated{.principal = PrincipalMint::signed_by(std::move(record)),
                       .presigned = claim.presigned,
                       .payload = payload.mode,
                       .content_sha256 = payload.sha256,
                       .chunk_signing = nullptr,
                       .headers = EffectiveHeaders(request.headers)};
}

std::unexpected<ApiError> no_date() {
  return api_fail(ErrorCode::kAccessDenied, "AWS authentication requires a valid Date or x-amz-date header");
}

}  // namespace

bool matches_v2(const Secret& secret, std::string_view text, std::string_view claimed_base64) {
  const auto computed = crypto::hmac_sha1(secret.reveal(), text);
  return equal_constant_time(codec::to_base64(crypto::view(computed)), claimed_base64);
}

std::string_view v2_key_id(std::string_view authorization) {
  if (!authorization.starts_with("AWS ")) return {};
  authorization.remove_prefix(4);
  const size_t colon = authorization.rfind(':');
  return colon == authorization.npos ? std::string_view() : authorization.substr(0, colon);
}

ApiResult<Authenticated> authenticate_v2_header(const http::Request& request, const ParsedUri& uri,
                                                std::string_view authorization, const AuthContext& context) {
  const std::string_view key_id = v2_key_id(authorization);
  const std::string_view signature = authorization.substr(authorization.rfind(':') + 1);
  if (key_id.empty() || signature.empty()) {
    return api_fail(ErrorCode::kInvalidArgument,
                    "AWS authorization header is invalid. Expected AwsAccessKeyId:signature");
  }
  if (!context.options.allow_v2) {
    return api_fail(ErrorCode::kInvalidRequest,
                    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  }
  // Several dates of one name are as good as none: one could be signed and another one read.
  const auto amz_dates = request.headers.get_all("x-amz-date");
  const auto dates = request.headers.get_all("date");
  const auto& used = amz_dates.empty() ? dates : amz_dates;
  if (used.size() != 1) return no_date();
  const auto time = parse_request_time(used[0]);
  if (!time) return no_date();
  API_CHECK_OK(check_skew(*time, used[0], context.now));
  const V2Claim claim{.key_id = key_id,
                      .signature = signature,
                      .date_line = amz_dates.empty() ? used[0] : std::string_view(),
                      .presigned = false};
  return verify_claim(request, uri, claim, context);
}

ApiResult<Authenticated> authenticate_v2_query(const http::Request& request, const ParsedUri& uri,
                                               const AuthContext& context) {
  if (!context.options.allow_v2) {
    return api_fail(ErrorCode::kInvalidRequest,
                    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  }
  const std::string_view expires = uri.query.get("Expires").value_or("");
  uint64_t expires_s = 0;
  const auto parsed = std::from_chars(expires.data(), expires.data() + expires.size(), expires_s);
  if (expires.empty() || parsed.ec != std::errc() || parsed.ptr != expires.data() + expires.size()) {
    return api_fail(ErrorCode::kAccessDenied, "Query-string authentication requires a valid Expires parameter");
  }
  if (expires_s < context.ending_now().unix_ms / 1000) {
    auto refusal = api_fail(ErrorCode::kAccessDenied, "Request has expired");
    refusal.error().xml_extra = {{"Expires", std::string(expires)},
                                 {"ServerTime", codec::to_iso_time(context.ending_now())}};
    return refusal;
  }
  const V2Claim claim{.key_id = uri.query.get("AWSAccessKeyId").value_or(""),
                      .signature = uri.query.get("Signature").value_or(""),
                      .date_line = expires,
                      .presigned = true};
  return verify_claim(request, uri, claim, context);
}

}  // namespace garage::api
