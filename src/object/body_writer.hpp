// Reads a body to its end, hashes it once, and stores its bytes: small ones stay in hand for the row, large ones become
// blocks while the next bytes are still arriving. Private to this module.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "block/block_store.hpp"
#include "block/outgoing.hpp"
#include "model/object_version.hpp"
#include "object/byte_source.hpp"
#include "object/core.hpp"
#include "object/digests.hpp"

namespace garage::object {

// Nothing of it is referenced yet: dropping it gives the space back.
struct StoredBody {
  Digests digests;
  bool is_inline = false;
  std::string inline_bytes;
  uint32_t block_bytes = 0;
  std::vector<model::BlockEntry> blocks;
  std::vector<block::BlockHold> holds;  // of the blocks written
  std::vector<BlockHash> shared;        // of the blocks that another version brought here (copies)
  // On several nodes, in the place of holds and shared: its blocks on their way.
  std::shared_ptr<block::Outgoing> outgoing;
};

// Blocks are written but not synced when it returns. `outgoing`: on several nodes.
Task<Result<StoredBody>> write_body(Core& core, ByteSource& source, DigestsWanted wanted,
                                    std::shared_ptr<block::Outgoing> outgoing);

}  // namespace garage::object
