// A replicated row: one register of the fenced protocol (register.hpp), as it lies in the store and travels between
// nodes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"

namespace garage::table {

enum class RowKind : unsigned char {
  kBlind = 0,   // a plain write
  kBallot = 1,  // chosen by a full round: a conditional write, or a settled row
};

// A value. A row that was never written is an absent Row (std::nullopt, or ord zero).
struct Row {
  Ord ord;
  RowKind kind = RowKind::kBlind;
  Uuid uuid;                         // of the write that made it; kept when a row is re-stamped
  std::optional<std::string> value;  // nullopt: a tombstone
  uint64_t modified_ms = 0;          // wall clock of the write, for people; kept when re-stamped

  // What a retried write needs to find itself again (reliability of retries, see register.hpp).
  std::vector<std::pair<Uuid, Ord>> lineage;  // ancestors since the last blind write, oldest first
  Ord floor;                                  // below it lineage is not complete
  Ord blind_floor;                            // ord of the last blind write

  std::vector<std::pair<uint32_t, std::string>> unknown;  // tags of a newer format, kept

  friend bool operator==(const Row&, const Row&) = default;
};

inline constexpr size_t kLineageMax = 16;

// docs/formats/rows.md. The checksum binds the key.
std::string encode_row(std::string_view key, const Row& row);
Result<Row> decode_row(std::string_view key, std::string_view encoded);

// For listings: only what a page needs, without copies. `value` views into `encoded`.
struct RowView {
  Ord ord;
  Uuid uuid;
  uint64_t modified_ms = 0;
  std::optional<std::string_view> value;
};
Result<RowView> decode_row_view(std::string_view key, std::string_view encoded);

}  // namespace garage::table
