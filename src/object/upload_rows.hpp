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

// An upload's id tells when it was initiated (it is a UUID of version 7): so a page of uploads goes on behind one that
// has ended meanwhile, and is nowhere to be found. `random`: what the rest is taken from.
Uuid upload_id_at(uint64_t initiated_ms, Uuid random);
// Zero: of no such id.
uint64_t initiated_ms_of(const Uuid& upload);

std::string upload_row_key(const BucketId& bucket, uint32_t spread, std::string_view key, const Uuid& upload);
std::string part_row_key(std::string_view upload_row, uint32_t number, const Uuid& attempt);

// The upload's row, of the row of one of its part attempts. Views into `part_row`.
std::string_view upload_row_of_part(std::string_view part_row);
// The row of an upload to the object whose row this is, and the other way round: both lie in one shard. kCorrupt where
// the key is none of that kind.
Result<std::string> upload_row_beside(std::string_view object_row, const Uuid& upload);
Result<std::string> object_row_beside(std::string_view upload_row);

struct ParsedUploadRowKey {
  BucketId bucket;
  std::string key;
  Uuid upload;
  uint32_t number = 0;
  std::optional<Uuid> attempt;  // of a part attempt's row
};
Result<ParsedUploadRowKey> parse_upload_row_key(std::string_view row_key);

}  // namespace garage::object
