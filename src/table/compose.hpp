// How a write becomes a row, the same on one node as on many.
#pragma once

#include <optional>
#include <string>

#include "table/row.hpp"

namespace garage::table {

struct RowOfWrite {
  Uuid uuid;
  std::optional<std::string> value;
  uint64_t modified_ms = 0;
};

// A plain write knows nothing of what it replaces: no lineage, and both floors are its own ord.
Row compose_blind(RowOfWrite write, Ord ord);

// A conditional write continues the row it was decided on: its lineage with that row's uuid, its floors.
Row compose_ballot(RowOfWrite write, Ord ord, const std::optional<Row>& current);

// The same write under a higher ord, chosen by a full round. Where nothing was ever written: a tombstone of nobody.
Row restamp(const std::optional<Row>& current, Ord ord);

}  // namespace garage::table
