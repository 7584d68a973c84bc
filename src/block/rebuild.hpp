// Rebuilds the block index from the volumes. Internal to block.
#pragma once

#include "block/core.hpp"

namespace garage::block {

Task<Result<RebuildReport>> rebuild_block_index(std::shared_ptr<Core> core);

}  // namespace garage::block
