// Who is at the other end of a connection: the node id is proven by TLS, the rest was said under the proof of the RPC
// secret.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "env/network.hpp"
#include "net/hello.hpp"

namespace garage::net {

struct PeerInfo {
  NodeId id;
  env::Address address;
  HelloFacts facts;
  uint32_t protocol = 0;  // the one both speak

  bool is_client() const { return facts.role == Role::kClient; }
};

}  // namespace garage::net
