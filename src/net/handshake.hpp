// From a raw stream to a Link: TLS, then HELLO both ways. The dialler proves itself first; nobody learns anything from
// a node before.
//
// Whoever refuses says why in an error frame on stream 0 before it closes, so that both ends know. Threads: one loop.
#pragma once

#include <memory>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "env/network.hpp"
#include "net/hello.hpp"
#include "net/link.hpp"
#include "net/tls_identity.hpp"

namespace garage::net {

inline constexpr Duration kWriteTimeout = 30s;  // for the peer to take one frame

// What an end brings to every handshake.
struct Credentials {
  TlsIdentity identity;
  Secret rpc_secret;
  HelloFacts facts;
};

// Errors, for both: kDenied (not the expected node, the secret differs, refused), kUnsupported (no common protocol),
// kCorrupt (does not speak our language), kTimeout, kClosed. Of accept_link() only who has passed TLS is kDenied.
Task<Result<std::shared_ptr<Link>>> dial_link(std::unique_ptr<env::Stream> stream,
                                              std::shared_ptr<const Credentials> self, NodeId expected, std::string sni,
                                              MonotonicTime deadline);
Task<Result<std::shared_ptr<Link>>> accept_link(std::unique_ptr<env::Stream> stream,
                                                std::shared_ptr<const Credentials> self, MonotonicTime deadline,
                                                Duration write_timeout = kWriteTimeout);

}  // namespace garage::net
