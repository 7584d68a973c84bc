// What a node that deletes a bucket asks the replicas of its shards, and what it hears: the operation "object/close".
// The bytes are in docs/formats/rows.md. Private to this module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"

namespace garage::object {

// "Hold the bucket as being deleted; what lives there?"
struct CloseRequest {
  BucketId bucket;
  Uuid attempt;
  std::string row;  // for Settings::hold_deletion()
  uint64_t stage = 0;
  std::vector<uint16_t> shards;  // ascending
  std::string from;              // row key to go on from; empty: from the first
};

struct LivingRow {
  std::string key;
  Ord ord;
};
struct CloseAnswer {
  bool held = false;   // by that attempt, durably, before the look
  uint64_t stage = 0;  // of the replica, after the look
  std::vector<LivingRow> living;
  std::string next_from;  // the look is not at its end
};

inline constexpr size_t kLivingRowsMax = 64;  // of one answer

std::string encode_close_request(const CloseRequest& request);
Result<CloseRequest> decode_close_request(std::string_view encoded);
std::string encode_close_answer(const CloseAnswer& answer);
// Checked against what was asked.
Result<CloseAnswer> decode_close_answer(const CloseRequest& request, std::string_view encoded);

}  // namespace garage::object
