#include "api/signature_v4_claim.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "api/payload_mode.hpp"
#include "api/signature_v4.hpp"
#include "codec/iso_time.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

struct HeaderFields {
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;
};

// "Credential=..., SignedHeaders=..., Signature=...", in any order, each once and nothing else.
std::optional<HeaderFields> split_header(std::string_view text) {
  HeaderFields fields;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = http::trim_blanks(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    const size_t equals = item.find('=');
    if (equals == item.npos) return std::nullopt;
    const std::string_view name = item.substr(0, equals), value = item.substr(equals + 1);
    std::string_view* slot = name == "Credential"      ? &fields.credential
                             : name == "SignedHeaders" ? &fields.signed_headers
                             : name == "Signature"     ? &fields.signature
                                                       : nullptr;
    if (!slot || !slot->empty() || value.empty()) return std::nullopt;
    *slot = value;
  }
  if (fields.credential.empty() || fields.signed_headers.empty() || fields.signature.empty()) return std::nullopt;
  return fields;
}

// x-amz-date, else Date. Several of one name are as good as none: one could be signed and another one read.
std::optional<std::string_view> date_header(const http::Headers& headers) {
  std::optional<std::string_view> amz_date, date;
  size_t amz_dates = 0, dates = 0;
  for (const http::Header& field : headers) {
    if (field.name == "x-amz-date") amz_date = field.value, ++amz_dates;
    if (field.name == "date") date = field.value, ++dates;
  }
  if (amz_dates > 0) return amz_dates == 1 ? amz_date : std::nullopt;
  return dates == 1 ? date : std::nullopt;
}

std::unexpected<ApiError> query_error(std::string message) {
  return api_fail(ErrorCode::kAuthorizationQueryParametersError, std::move(message));
}

struct QueryFields {
  std::optional<std::string_view> algorithm, credential, date, expires, signed_headers, signature, payload;
};

struct QueryFieldName {
  std::string_view lower_name;
  std::optional<std::string_view> QueryFields::* slot;  // null: known, but not looked at
};
constexpr std::array kQueryFields = {
    QueryFieldName{"x-amz-algorithm", &QueryFields::algorithm},
    QueryFieldName{"x-amz-credential", &QueryFields::credential},
    QueryFieldName{"x-amz-date", &QueryFields::date},
    QueryFieldName{"x-amz-expires", &QueryFields::expires},
    QueryFieldName{"x-amz-signedheaders", &QueryFields::signed_headers},
    QueryFieldName{"x-amz-signature", &QueryFields::signature},
    QueryFieldName{"x-amz-content-sha256", &QueryFields::payload},
    QueryFieldName{"x-amz-security-token", nullptr},
};

const QueryFieldName* find_query_field(std::string_view name) {
  if (name.size() < 6 || (name[0] != 'X' && name[0] != 'x') || name[1] != '-') return nullptr;
  for (const QueryFieldName& field : kQueryFields) {
    if (http::equal_ignoring_case(field.lower_name, name)) return &field;
  }
  return nullptr;
}

// The number of seconds, or a negative number for anything that is out of range. Nothing for what is no number.
std::optional<int64_t> parse_expires(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty()) return std::nullopt;
  for (char c : digits) {
    if (!http::is_digit(c)) return std::nullopt;
  }
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() ? value : -1;
}

ApiResult<void> check_validity(WallTime date, std::string_view expires, const AuthContext& context) {
  const auto seconds = parse_expires(expires);
  if (!seconds) return query_error("X-Amz-Expires should be a number");
  if (*seconds < 1) return api_fail(ErrorCode::kAccessDenied, "X-Amz-Expires must be positive");
  if (static_cast<uint64_t>(*seconds) > kPresignedSecondsMax) {
    return api_fail(ErrorCode::kAccessDenied, "X-Amz-Expires must be less than a week (in seconds)");
  }
  // A URL dated in the future would live longer than a week.
  if (date.unix_ms > context.now.unix_ms + kSkewMsMax)
    return api_fail(ErrorCode::kAccessDenied, "Request is not valid yet");
  const WallTime end{date.unix_ms + static_cast<uint64_t>(*seconds) * 1000};
  if (const WallTime now = context.ending_now(); end < now) {
    auto refusal = api_fail(ErrorCode::kAccessDenied, "Request has expired");
    refusal.error().xml_extra.emplace_back("X-Amz-Expires", expires);
    refusal.error().xml_extra.emplace_back("Expires", codec::to_iso_time(end));
    refusal.error().xml_extra.emplace_back("ServerTime", codec::to_iso_time(now));
    return refusal;
  }
  return {};
}

// The payload line comes from one place: the query, or a header, or it is unsigned.
ApiResult<std::string_view> presigned_payload(const http::Headers& headers, std::optional<std::string_view> in_query) {
  const auto in_header = headers.get("x-amz-content-sha256");
  if (in_query && in_header && *in_query != *in_header) {
    return api_fail(ErrorCode::kInvalidRequest, "X-Amz-Content-Sha256 differs between the query and the headers.");
  }
  return in_query.value_or(in_header.value_or(kUnsignedPayload));
}

}  // namespace

ApiResult<V4Claim> claim_in_header(const http::Request& request, std::string_view authorization) {
  const auto fields = split_header(authorization.substr(kV4Algorithm.size()));
  if (!fields) {
    return api_fail(ErrorCode::kAuthorizationHeaderMalformed,
                    "The authorization header is malformed; Credential, SignedHeaders and Signature are required.");
  }
  const auto credential = Credential::parse(fields->credential);
  if (!credential) {
    return api_fail(ErrorCode::kAuthorizationHeaderMalformed,
                    "The authorization header is malformed; the Credential is mal-formed; expecting "
                    "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  auto signed_headers = parse_signed_headers(fields->signed_headers);
  if (!signed_headers) {
    return api_fail(ErrorCode::kAuthorizationHeaderMalformed,
                    "The authorization header is malformed; SignedHeaders is not a list of header names.");
  }

  const auto date = date_header(request.headers);
  const auto time = date ? parse_request_time(*date) : std::nullopt;
  if (!time) {
    return api_fail(ErrorCode::kAccessDenied, "AWS authentication requires a valid Date or x-amz-date header");
  }
  const auto payload = request.headers.get("x-amz-content-sha256");
  if (!payload) {
    return api_fail(ErrorCode::kInvalidRequest, "Missing required header for this request: x-amz-content-sha256");
  }
  return V4Claim{.credential = *credential,
                 .signed_headers = std::move(*signed_headers),
                 .signature = fields->signature,
                 .timestamp = date->size() == 16 ? std::string(*date) : codec::to_amz_date(*time),
                 .time = *time,
                 .payload = *payload};
}

ApiResult<V4Claim> claim_in_query(const http::Request& request, const ParsedUri& uri, const AuthContext& context) {
  QueryFields fields;
  for (const QueryParam& param : uri.query) {
    const QueryFieldName* field = find_query_field(param.name);
    if (!field || !field->slot) continue;
    auto& slot = fields.*(field->slot);
    if (slot) return query_error("A signature parameter is given twice.");
    slot = param.value;
  }
  if (!fields.credential || !fields.date || !fields.expires || !fields.signed_headers || !fields.signature) {
    return query_error(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
        "X-Amz-Date, "
        "X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  }
  if (fields.algorithm != kV4Algorithm) return query_error("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  const auto credential = Credential::parse(*fields.credential);
  if (!credential) {
    return query_error(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  auto signed_headers = parse_signed_headers(*fields.signed_headers);
  if (!signed_headers) return query_error("X-Amz-SignedHeaders is not a list of header names.");
  const auto time = codec::parse_amz_date(*fields.date);
  if (!time) return query_error("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  API_CHECK_OK(check_validity(*time, *fields.expires, context));
  API_TRY(const std::string_view payload, presigned_payload(request.headers, fields.payload));
  return V4Claim{.credential = *credential,
                 .signed_headers = std::move(*signed_headers),
                 .signature = *fields.signature,
                 .timestamp = std::string(*fields.date),
                 .time = *time,
                 .payload = payload,
                 .presigned = true};
}

bool is_signature_param(std::string_view name) {
  return find_query_field(name) != nullptr;
}

std::string_view credential_in_header(std::string_view authorization) {
  if (!authorization.starts_with(kV4Algorithm)) return {};
  const auto fields = split_header(authorization.substr(kV4Algorithm.size()));
  return fields ? fields->credential : std::string_view();
}

}  // namespace garage::api
