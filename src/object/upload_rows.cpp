#include "object/upload_rows.hpp"

#include <algorithm>

#include "codec/big_endian.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

// RFC 9562.
constexpr size_t kTimeBytes = 6;
constexpr unsigned kVersion7 = 0x70, kVariant = 0x80;

}  // namespace

Uuid upload_id_at(uint64_t initiated_ms, Uuid random) {
  for (size_t i = 0; i < kTimeBytes; ++i) {
    random.bytes[i] = static_cast<unsigned char>(initiated_ms >> (8 * (kTimeBytes - 1 - i)));
  }
  random.bytes[6] = static_cast<unsigned char>(kVersion7 | (random.bytes[6] & 0x0fu));
  random.bytes[8] = static_cast<unsigned char>(kVariant | (random.bytes[8] & 0x3fu));
  return random;
}

uint64_t initiated_ms_of(const Uuid& upload) {
  if ((upload.bytes[6] & 0xf0u) != kVersion7 || (upload.bytes[8] & 0xc0u) != kVariant) return 0;
  uint64_t ms = 0;
  for (size_t i = 0; i < kTimeBytes; ++i) ms = ms << 8 | upload.bytes[i];
  return ms;
}

std::string upload_row_key(const BucketId& bucket, uint32_t spread, std::string_view key, const Uuid& upload) {
  return table::object_rows_prefix(bucket, table::shard_of(bucket, key, spread), key).append(upload.view());
}

std::string part_row_key(std::string_view upload_row, uint32_t number, const Uuid& attempt) {
  std::string key(upload_row);
  codec::append_be(key, static_cast<uint16_t>(number));
  return key.append(attempt.view());
}

std::string_view upload_row_of_part(std::string_view part_row) {
  constexpr size_t kTailBytes = Uuid::kSize + 2;
  return part_row.substr(0, part_row.size() - std::min(part_row.size(), kTailBytes));
}

Result<std::string> upload_row_beside(std::string_view object_row, const Uuid& upload) {
  TRY(const auto place, table::parse_shard_prefix(object_row));
  return table::object_rows_prefix(place.bucket, place.shard, place.rest).append(upload.view());
}

Result<std::string> object_row_beside(std::string_view upload_row) {
  TRY(const auto place, table::parse_shard_prefix(upload_row));
  TRY(const auto key, table::read_escaped(place.rest));
  return table::object_row_key(place.bucket, place.shard, key.text);
}

Result<ParsedUploadRowKey> parse_upload_row_key(std::string_view row_key) {
  TRY(const auto place, table::parse_shard_prefix(row_key));
  TRY(auto key, table::read_escaped(place.rest));
  ParsedUploadRowKey parsed{place.bucket, std::move(key.text), {}, 0, std::nullopt};
  std::string_view rest = key.rest;
  constexpr size_t kUploadTail = Uuid::kSize, kPartTail = 2 * Uuid::kSize + 2;
  if (rest.size() != kUploadTail && rest.size() != kPartTail)
    return fail(ErrorKind::kCorrupt, "upload row: key of an odd length");
  parsed.upload = *Uuid::from_raw(rest.substr(0, Uuid::kSize));
  if (rest.size() == kPartTail) {
    parsed.number = codec::load_u16_be(rest.data() + Uuid::kSize);
    parsed.attempt = Uuid::from_raw(rest.substr(Uuid::kSize + 2));
  }
  return parsed;
}

}  // namespace garage::object
