// Which bytes of an object are its part N, and finding a number in the query.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "s3/call.hpp"

namespace garage::s3 {

inline constexpr uint32_t kPartNumberMax = 10'000;

// 1 to 10000; InvalidArgument.
api::ApiResult<uint32_t> parse_part_number(std::string_view text);

struct PartWindow {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  std::optional<model::Checksum> checksum;
};
// InvalidPart where the object has no such part. A plain object is its own part 1.
Task<api::ApiResult<PartWindow>> find_part(Call& call, const object::Object& object, std::string_view number);

}  // namespace garage::s3
