// zstd, bounded: compress where it pays, decompress to exactly the declared length.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/buffer.hpp"
#include "base/result.hpp"

namespace garage::block {

// Nothing unless it saves an eighth. Bytes whose beginning doesn't compress are given up on early.
std::optional<Buffer> compress(std::string_view raw, int level);

// kCorrupt unless `stored` is one frame of exactly `raw_bytes`.
Result<Buffer> decompress(std::string_view stored, uint32_t raw_bytes);

}  // namespace garage::block
