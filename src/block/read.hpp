// The operation behind BlockStore::read(). Internal to block.
#pragma once

#include "block/core.hpp"

namespace garage::block {

Task<Result<Buffer>> read_block(std::shared_ptr<Core> core, BlockHash hash, uint64_t offset, uint64_t length);

}  // namespace garage::block
