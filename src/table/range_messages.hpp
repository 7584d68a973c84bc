// What a coordinator asks a node about rows in order, and what it hears. The bytes are in docs/formats/rows.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/store.hpp"
#include "table/messages.hpp"

namespace garage::table {

// Shards that have the same replicas: they are counted together.
struct RangeSection {
  uint64_t stage = 0;
  std::vector<std::string> shards;
  size_t items_max = 0;  // rows that are not tombstones, and common prefixes
};

struct RangeRequest {
  kv::Family family = kv::Family::kObject;
  std::string prefix, from, delimiter;  // as in RangeQuery
  std::vector<RangeSection> sections;
};

// A row, a tombstone included; or a common prefix, with the first row under it that is no tombstone as its witness.
struct RangeItem {
  size_t shard = 0;         // in its section
  std::string key;          // behind the shard; of a common prefix: of the witness
  size_t prefix_bytes = 0;  // of a common prefix: how much of `key` it is
  Ord ord;
  Uuid uuid;
  uint64_t modified_ms = 0;
  std::optional<std::string> value;  // projected; of a witness: absent

  bool is_common_prefix() const { return prefix_bytes > 0; }
  // Where it stands in the order of a page.
  std::string_view position() const {
    return std::string_view(key).substr(0, is_common_prefix() ? prefix_bytes : key.size());
  }
};

// How many items a section may tell: tombstones come on top.
constexpr size_t items_told_max(size_t items_max) {
  return 4 * items_max + 1000;
}

struct SectionAnswer {
  Verdict verdict = Verdict::kDone;  // or kStageOver
  uint64_t stage = 0;
  std::vector<RangeItem> items;  // by key
  // All that lies before this key is told; nothing: all there is.
  std::optional<std::string> complete_to;
};

// Through the first delimiter behind `prefix`; empty where the key stands by itself.
std::string_view common_prefix_of(std::string_view key, std::string_view prefix, std::string_view delimiter);

std::string encode_range_request(const RangeRequest& request);
// Bounds are checked: kInvalid or kCorrupt.
Result<RangeRequest> decode_range_request(std::string_view encoded);
std::string encode_range_answer(const std::vector<SectionAnswer>& answer);
// Checked against what was asked: sections, shards, order, prefix.
Result<std::vector<SectionAnswer>> decode_range_answer(const RangeRequest& request, std::string_view encoded);

}  // namespace garage::table
