// How a write becomes a row, the same on one node as on many.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "table/register.hpp"
#include "table/row.hpp"
#include "table/upload_mark.hpp"

namespace garage::table {

struct RowOfWrite {
  Uuid uuid;
  std::optional<std::string> value;
  uint64_t modified_ms = 0;
};

// A plain write knows nothing of what it replaces: no lineage, and both floors are its own ord.
Row compose_blind(RowOfWrite write, Ord ord);

// A conditional write continues the row it was decided on: its lineage with that row's uuid, its floors.
Row compose_ballot(RowOfWrite write, Ord ord, const std::optional<Row>& current, size_t lineage_max = kLineageMax);

// The same write under a higher ord, chosen by a full round. Where nothing was ever written: a tombstone of nobody.
Row restamp(const std::optional<Row>& current, Ord ord);

// Has the layout moved on too far for the marks that the write would have to meet?
bool has_slept_too_long(const Write& write, uint64_t stage);
std::unexpected<Error> slept_too_long();

// The answer to a client's write of a kind that is closed to clients, where nothing was applied.
std::unexpected<Error> closed_to_clients();

// What has become of a write that sent an install, as far as the row found by a later full round can tell.
enum class Fate {
  kApplied,      // it is the row, or an ancestor of the row
  kOverwritten,  // a plain write that a later plain write has replaced: as good as applied just before
  kUnknowable,   // older than what the lineage remembers
  kNotApplied,   // and it never will be: its installs are below the round's ballot
};
// `first_ord`: of the first install sent.
Fate fate_of(const Uuid& uuid, bool conditional, Ord first_ord, const std::optional<Row>& row);

// Is the upload that `write` completes still none that has become an object by another write? `row`: what was found by
// a full round, `notes`: what was told in it. kExists: it has, or may be said to have, once the row found is settled.
// kUnknownOutcome: nobody can know.
Result<void> require_not_completed(const Schema& schema, const Write& write, const std::vector<CompletionNote>& notes,
                                   const std::optional<Row>& row);

}  // namespace garage::table
