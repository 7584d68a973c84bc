// Makes a BlockHold. Internal to block.
#pragma once

#include "block/core.hpp"

namespace garage::block {

// The hold that a claim of `hash` in core.holds has taken.
BlockHold make_hold(std::shared_ptr<Core> core, const BlockHash& hash, const BlockPlace& place);

}  // namespace garage::block
