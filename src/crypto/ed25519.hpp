// Ed25519 key pairs (RFC 8032): the identity of a node.
#pragma once

#include <array>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace garage::crypto {

using Ed25519PublicKey = std::array<unsigned char, 32>;

// The public key that belongs to a seed of 32 bytes; kInvalid for any other length.
Result<Ed25519PublicKey> ed25519_public_key(const Secret& seed);

}  // namespace garage::crypto
