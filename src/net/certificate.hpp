// The envelope in which TLS 1.3 carries a node's public key: a self-signed X.509 certificate. There is no authority
// behind it and nothing in it counts but the key, so names and dates are fixed and a key has exactly one certificate.
//
// Threads: pure functions; any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/identity.hpp"

namespace garage::net {

inline constexpr size_t kCertificateBytesMax = 4096;

// DER.
Result<std::string> make_certificate(const NodeKey& key);

// The node whose certificate this is. kDenied unless `der` is exactly one X.509 certificate with an Ed25519 key, signed
// with that key. Proves nothing about who sent it: that the sender holds the private key is shown by the TLS handshake.
Result<NodeId> node_of_certificate(std::string_view der);

}  // namespace garage::net
