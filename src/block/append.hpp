// Writes one record somewhere. Internal to block.
#pragma once

#include <string_view>
#include <vector>

#include "block/core.hpp"
#include "block/record.hpp"

namespace garage::block {

// What is to be stored of a block.
struct Payload {
  Codec codec = Codec::kRaw;
  uint32_t raw_bytes = 0;
  Buffer stored;
  std::vector<uint32_t> checksums;
};

// Blocking. Writes, without sync, to the active volume of this lane in the block's directory; to another directory if
// that one is full or fails. Uploads leave the headroom of a disk alone. On an error nothing stays reserved.
Result<HeldRecord> append_record(Core& core, size_t lane, const BlockHash& hash, const Payload& payload);

}  // namespace garage::block
