// Row keys of the upload family: what belongs to an upload lies beside it.
//
//   object rows prefix (bucket, shard, key escaped and ended), upload id                             -> Upload
//   the same, part number u16 big-endian, attempt uuid                                               -> PartAttempt
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace garage::object {

std::string upload_row_key(const BucketId& bucket, uint32_t spread, std::string_view key, const Uuid& upload);
std::string part_row_key(std::string_view upload_row, uint32_t number, const Uuid& attempt);

struct ParsedUploadRowKey {
  BucketId bucket;
  std::string key;
  Uuid upload;
  uint32_t number = 0;
  std::optional<Uuid> attempt;  // of a part attempt's row
};
Result<ParsedUploadRowKey> parse_upload_row_key(std::string_view row_key);

}  // namespace garage::object
