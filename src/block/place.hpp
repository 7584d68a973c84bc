// The index row of a block: where it lies. Key: the hash; value: a row of the row codec (docs/formats/volume.md).
#pragma once

#include <string>
#include <string_view>

#include "block/block_store.hpp"

namespace garage::block {

std::string encode_place(const BlockHash& hash, const BlockPlace& place);
// kCorrupt also where the numbers can't be true (lengths, alignment).
Result<BlockPlace> decode_place(const BlockHash& hash, std::string_view value);

}  // namespace garage::block
