// Byte ranges: the Range header of reads, and x-amz-copy-source-range.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/error.hpp"

namespace garage::api {

// Not empty: length > 0.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// The part of an entity of `size` bytes that a Range header asks for. Nothing: the whole (no header, another unit, bad
// syntax, several ranges). InvalidRange, with its Content-Range header, if the range lies beyond the end.
ApiResult<std::optional<ByteRange>> resolve_range(std::optional<std::string_view> header, uint64_t size);

// "bytes=a-b", both required. InvalidArgument for anything else, InvalidRange if b is not inside the source.
ApiResult<ByteRange> resolve_copy_range(std::string_view header, uint64_t source_size);

// "bytes 0-9/100". Of a range that is not empty: HTTP has no name for one that is.
std::string content_range(ByteRange range, uint64_t size);

}  // namespace garage::api
