// Who a node is on the wire: an Ed25519 key pair. The public key is the node id.
//
// Threads: a value; any.
#pragma once

#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "runtime/random.hpp"

namespace garage::net {

struct NodeKey {
  NodeId id;
  Secret seed;  // 32 bytes; the private key of RFC 8032

  // kInvalid unless the seed has 32 bytes.
  static Result<NodeKey> from_seed(Secret seed);
  // The content of a node_key file: 64 bytes, seed and public key. kInvalid for another length, kCorrupt if the halves
  // do not belong together.
  static Result<NodeKey> from_file_content(std::string_view raw);
  // A new one: a node's first start, or a command line's throw-away identity.
  static Result<NodeKey> generate(runtime::Random& random);
};

}  // namespace garage::net
