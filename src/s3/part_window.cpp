#include "s3/part_window.hpp"

#include "s3/numbers.hpp"

namespace garage::s3 {

api::ApiResult<uint32_t> parse_part_number(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > kPartNumberMax) {
    return api::api_fail(api::ErrorCode::kInvalidArgument,
                         "Part number must be an integer between 1 and 10000, inclusive");
  }
  return static_cast<uint32_t>(*number);
}

api::ApiResult<PartWindow> find_part(const object::Object& object, const std::vector<model::ObjectPart>& parts,
                                     std::string_view text) {
  API_TRY(const uint32_t number, parse_part_number(text));
  if (!object.version.is_multipart() && number == 1) return PartWindow{0, object.version.bytes, std::nullopt};
  uint64_t offset = 0;
  for (const auto& part : parts) {
    if (part.number == number) return PartWindow{offset, part.body.bytes, part.checksum};
    offset += part.body.bytes;
  }
  return api::api_fail(api::ErrorCode::kInvalidPart);
}

}  // namespace garage::s3
