// Where a row lies: the layout of row keys, and which shard and partition they belong to (docs/formats/rows.md).
//
//   bucket id (32 bytes), shard (u16, big-endian), object key                         one row per object key
//   bucket id, shard, object key escaped and ended, whatever follows                  several rows per object key
//
// Escaping keeps the order: 0x00 is written 00 FF and the end 00 01, so that what follows never mixes with a longer
// key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace garage::table {

inline constexpr uint32_t kSpreadMax = 64;
inline constexpr uint32_t kPartitionBits = 11;
inline constexpr uint32_t kPartitionCount = 1u << kPartitionBits;

// A bucket's objects are spread over `spread` shards (a power of two up to kSpreadMax).
uint16_t shard_of(const BucketId& bucket, std::string_view object_key, uint32_t spread);
// The replicas of a shard are those of its partition.
uint16_t partition_of(const BucketId& bucket, uint16_t shard);

// Bucket id and shard: what all row keys of a shard begin with.
std::string shard_prefix(const BucketId& bucket, uint16_t shard);
std::string object_row_key(const BucketId& bucket, uint16_t shard, std::string_view object_key);
// For families where something follows the object key: the prefix up to and with the end mark; append the rest to it.
std::string object_rows_prefix(const BucketId& bucket, uint16_t shard, std::string_view object_key);

struct ParsedShardPrefix {
  BucketId bucket;
  uint16_t shard = 0;
  std::string_view rest;  // of an object row: the object key. Views into what was parsed
};
// kCorrupt where the key is too short to be one.
Result<ParsedShardPrefix> parse_shard_prefix(std::string_view row_key);

void append_escaped(std::string& out, std::string_view text);
inline constexpr size_t kEscapedEndBytes = 2;
struct Unescaped {
  std::string text;
  std::string_view rest;  // what follows the end mark
};
// kCorrupt where the end mark is missing or an escape is unknown.
Result<Unescaped> read_escaped(std::string_view bytes);

// The first key after all keys that begin with `prefix`; empty (no bound) where there is none.
std::string prefix_end(std::string_view prefix);

}  // namespace garage::table
