// Is a block here, and is it on the device? Internal to block.
#pragma once

#include <memory>
#include <vector>

#include "block/core.hpp"

namespace garage::block {

// The volume that the block lies in. Null: it is not here, or is known to be damaged. Blocking.
Result<std::shared_ptr<Volume>> volume_of(Core& core, const BlockHash& hash);

// BlockStore::has_durably().
Task<Result<std::vector<bool>>> has_durably(std::shared_ptr<Core> core, std::vector<BlockHash> hashes);

}  // namespace garage::block
