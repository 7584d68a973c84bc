// The BlockStore over a Core. Internal to block.
#pragma once

#include "block/core.hpp"

namespace garage::block {

std::unique_ptr<BlockStore> make_local_store(std::shared_ptr<Core> core);

}  // namespace garage::block
