// Makes a Removal. Internal to block.
#pragma once

#include "block/core.hpp"

namespace garage::block {

std::unique_ptr<BlockStore::Removal> make_removal(std::shared_ptr<Core> core);

}  // namespace garage::block
