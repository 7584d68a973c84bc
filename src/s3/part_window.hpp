// Which bytes of an object are its part N, and finding a number in the query.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

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
// `parts`: what Objects::parts_of() knows of it. InvalidPart where the object has no such part. A plain object is its
// own part 1.
api::ApiResult<PartWindow> find_part(const object::Object& object, const std::vector<model::ObjectPart>& parts,
                                     std::string_view number);

}  // namespace garage::s3
