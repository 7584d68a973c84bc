// Internal to api: the values of x-amz-content-sha256.
#pragma once

#include <optional>
#include <string_view>

#include "api/authenticate.hpp"
#include "api/error.hpp"

namespace garage::api {

constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

struct Payload {
  PayloadMode mode = PayloadMode::kUnsigned;
  std::optional<crypto::Sha256Digest> sha256;
};

// NotImplemented for V4A, InvalidRequest for the streaming form that promises nothing, InvalidArgument for anything
// else.
ApiResult<Payload> parse_payload(std::string_view value);

// The same where no signature covers the request: a missing value promises nothing, and signed chunks are refused.
ApiResult<Payload> parse_payload_without_v4(std::optional<std::string_view> value);

}  // namespace garage::api
