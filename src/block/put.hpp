// The operation behind BlockStore::put(). Internal to block.
#pragma once

#include "block/core.hpp"

namespace garage::block {

Task<Result<BlockHold>> put_block(std::shared_ptr<Core> core, BlockHash hash, Buffer raw);

}  // namespace garage::block
