// Which partition a row belongs to: whose replicas keep it.
//
//   object, version, upload   top 11 bits of SHA-256(bucket id, shard): rows of one shard stay together
//   block_ref                 top 11 bits of the block's hash: the reference lives where the block lives
//   settings                  top 11 bits of SHA-256(key)
//
// Rows of other families belong to one node, or ride beside a row of these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kv/store.hpp"
#include "table/row_key.hpp"

namespace garage::table {

using Partition = uint16_t;  // below kPartitionCount

// Nothing where the family is not replicated by partition, or the key is too short to be one of its rows.
std::optional<Partition> partition_of_row(kv::Family family, std::string_view key);

// Keys of one partition of block_ref are one stretch; empty: no bound. Other families are scattered.
struct KeyStretch {
  std::string from;   // inclusive
  std::string until;  // exclusive
};
KeyStretch stretch_of_hashes(Partition partition);

}  // namespace garage::table
