// HMAC (RFC 2104) over SHA-256 and SHA-1: what request signatures are made of. Well below a microsecond for a short
// message.
//
// Compare results with equal_constant_time (base/secret.hpp), never with ==.
#pragma once

#include <string_view>

#include "crypto/digest.hpp"

namespace garage::crypto {

Sha256Digest hmac_sha256(std::string_view key, std::string_view message);
Sha1Digest hmac_sha1(std::string_view key, std::string_view message);

}  // namespace garage::crypto
