// The identities that several modules speak of.
#pragma once

#include "base/fixed_bytes.hpp"

namespace garage {

using NodeId = FixedBytes<32, struct NodeIdTag>;        // Ed25519 public key of a node
using BucketId = FixedBytes<32, struct BucketIdTag>;    // random
using Uuid = FixedBytes<16, struct UuidTag>;            // random; names one write, version, upload or part attempt
using BlockHash = FixedBytes<32, struct BlockHashTag>;  // SHA-256 of a block's raw bytes

}  // namespace garage
