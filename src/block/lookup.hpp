// Blocks and their references on this node, for people who look at them. Blocking.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "block/reference.hpp"
#include "kv/store.hpp"

namespace garage::block {

// Blocks that are here, or referenced here, whose hash begins with these hex digits; up to `blocks_max`.
Result<std::vector<BlockHash>> find_blocks(kv::Store& store, std::string_view hex_prefix, size_t blocks_max);

struct OwnedReference {
  Uuid owner;
  Reference reference;
};
// Up to `references_max`; those that cannot be read are left out.
Result<std::vector<OwnedReference>> references_of(kv::Store& store, const BlockHash& hash, size_t references_max);

}  // namespace garage::block
