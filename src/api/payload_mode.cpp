#include "api/payload_mode.hpp"

#include "api/hex_text.hpp"

namespace garage::api {

ApiResult<Payload> parse_payload(std::string_view value) {
  if (const auto digest = parse_hex_text(value)) return Payload{PayloadMode::kSha256, digest};
  if (value == kUnsignedPayload) return Payload{};
  if (value == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return Payload{PayloadMode::kStreamingSigned, {}};
  if (value == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") return Payload{PayloadMode::kStreamingSignedTrailer, {}};
  if (value == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return Payload{PayloadMode::kStreamingUnsignedTrailer, {}};
  if (value.starts_with("STREAMING-AWS4-ECDSA-P256-")) {
    return api_fail(ErrorCode::kNotImplemented, "Signatures of version 4A are not implemented.");
  }
  if (value == "STREAMING-UNSIGNED-PAYLOAD") {
    return api_fail(ErrorCode::kInvalidRequest, "STREAMING-UNSIGNED-PAYLOAD without a trailer is not supported.");
  }
  return api_fail(
      ErrorCode::kInvalidArgument,
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, one of the STREAMING- values, or a SHA-256 in hexadecimal.");
}

ApiResult<Payload> parse_payload_without_v4(std::optional<std::string_view> value) {
  if (!value) return Payload{};
  API_TRY(const Payload payload, parse_payload(*value));
  if (payload.mode == PayloadMode::kStreamingSigned || payload.mode == PayloadMode::kStreamingSignedTrailer) {
    return api_fail(ErrorCode::kInvalidRequest, "Signed chunks need a request that is signed with AWS4-HMAC-SHA256.");
  }
  return payload;
}

}  // namespace garage::api
