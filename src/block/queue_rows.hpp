// Rows of the queue family that belong to blocks: work that must survive a restart.
//
//   "bl" + ceiling (16 bytes), owner, first hash    a lease: once it is over, is the owner alive?      value: LeaseRow
//   "bf" + hash                                     bytes that should be here and are not              value: FetchRow
//   "bh" + node, owner, random (8 bytes)            what a node has to be told once it is back         value: HintRow
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "block/reference.hpp"

namespace garage::block {

inline constexpr std::string_view kLeaseQueue = "bl";
inline constexpr std::string_view kFetchQueue = "bf";
inline constexpr std::string_view kHintQueue = "bh";

struct LeaseRow {
  Uuid owner;
  Reference reference;
  std::vector<BlockHash> hashes;
};
std::string lease_key(const LeaseRow& row);
std::string encode_lease(std::string_view key, const LeaseRow& row);
Result<LeaseRow> decode_lease(std::string_view key, std::string_view encoded);
// In Change::apply. Blocks that are named under the same key already stay named.
Result<void> put_lease(kv::View& view, kv::Batch& batch, LeaseRow row);
// Of a key that begins with kLeaseQueue: the ceiling, so that what is due is known without its value.
Ord ceiling_of_lease(std::string_view key);

struct FetchRow {
  uint64_t due_ms = 0;
  uint64_t attempts = 0;
  uint64_t tried_ms = 0;  // last; 0: never
};
std::string fetch_key(const BlockHash& hash);
std::string encode_fetch(std::string_view key, const FetchRow& row);
Result<FetchRow> decode_fetch(std::string_view key, std::string_view encoded);

struct HintRow {
  std::string operation;
  std::string payload;
};
std::string hint_key(const NodeId& node, const Uuid& owner, uint64_t distinction);
std::string encode_hint(std::string_view key, const HintRow& row);
Result<HintRow> decode_hint(std::string_view key, std::string_view encoded);

}  // namespace garage::block
