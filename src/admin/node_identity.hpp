// Who this node is: an Ed25519 key pair in metadata_dir, made at the first start. The public key is the node id.
//
//   node_key      64 bytes, seed and public key, readable by the owner only
//   node_key.pub  32 bytes, the public key
#pragma once

#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "env/disk.hpp"
#include "runtime/random.hpp"

namespace garage::admin {

struct NodeIdentity {
  NodeId id;
  Secret seed;  // 32 bytes
  bool is_new = false;
};

// Blocking. kCorrupt for a key of another length, or whose halves do not belong together.
Result<NodeIdentity> load_or_create_identity(env::Disk& disk, runtime::Random& random, const std::string& metadata_dir);

// The id alone, as the command line needs it. kNotFound says that the daemon makes it at its first start.
Result<NodeId> read_node_id(env::Disk& disk, const std::string& metadata_dir);

// The first digits of an id, as shown to people.
inline std::string short_id(const NodeId& id) {
  return id.hex().substr(0, 16);
}

}  // namespace garage::admin
