// Rebuilds the block index from the volumes. Internal to block.
#pragma once

#include <functional>
#include <memory>

#include "block/core.hpp"

namespace garage::block {

Task<Result<RebuildReport>> rebuild_block_index(std::shared_ptr<Core> core, std::function<bool()> give_up);

}  // namespace garage::block
