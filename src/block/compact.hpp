// Compaction: empties a sealed volume that is mostly dead, so that its file can go. Internal to block.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "block/core.hpp"

namespace garage::block {

// Copies what is live in the emptiest volume below the threshold to an active one, syncs it, moves the index rows,
// frees the old room. A crash anywhere leaves each row at a place that is whole. Nothing where no volume is worth it.
Task<Result<std::optional<CompactReport>>> compact_emptiest(std::shared_ptr<Core> core, std::function<bool()> give_up);

}  // namespace garage::block
