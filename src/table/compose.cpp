#include "table/compose.hpp"

#include <utility>

namespace garage::table {
namespace {

Row make_row(RowOfWrite write, Ord ord, RowKind kind) {
  Row row;
  row.ord = ord;
  row.kind = kind;
  row.uuid = write.uuid;
  row.value = std::move(write.value);
  row.modified_ms = write.modified_ms;
  return row;
}

}  // namespace

Row compose_blind(RowOfWrite write, Ord ord) {
  Row row = make_row(std::move(write), ord, RowKind::kBlind);
  row.floor = ord;
  row.blind_floor = ord;
  return row;
}

Row compose_ballot(RowOfWrite write, Ord ord, const std::optional<Row>& current, size_t lineage_max) {
  Row row = make_row(std::move(write), ord, RowKind::kBallot);
  if (!current) return row;
  row.lineage = current->lineage;
  row.lineage.emplace_back(current->uuid, current->ord);
  row.floor = current->floor;
  row.blind_floor = current->blind_floor;
  // A dropped ancestor was written below the ord of the one after it. Only `floor` rises: it says "cannot know", and
  // taking it for "overwritten by a plain write", as blind_floor says, would lose an acknowledged write.
  while (row.lineage.size() > lineage_max) {
    row.floor = row.lineage[1].second;
    row.lineage.erase(row.lineage.begin());
  }
  return row;
}

Row restamp(const std::optional<Row>& current, Ord ord) {
  Row row;
  if (current) row = *current;
  row.ord = ord;
  row.kind = RowKind::kBallot;
  return row;
}

bool has_slept_too_long(const Write& write, uint64_t stage) {
  return write.looked_at_stage && stage > *write.looked_at_stage + 1;
}

std::unexpected<Error> slept_too_long() {
  return fail(ErrorKind::kUnavailable, "the layout has changed since the upload was looked at");
}

std::unexpected<Error> closed_to_clients() {
  return fail(ErrorKind::kUnavailable, "the bucket is being deleted, or is gone");
}

Fate fate_of(const Uuid& uuid, bool conditional, Ord first_ord, const std::optional<Row>& row) {
  if (!row) return Fate::kNotApplied;
  if (row->uuid == uuid) return Fate::kApplied;
  for (const auto& [ancestor, ord] : row->lineage) {
    if (ancestor == uuid) return Fate::kApplied;
  }
  if (!conditional && first_ord < row->blind_floor) return Fate::kOverwritten;
  if (first_ord < row->floor) return Fate::kUnknowable;
  return Fate::kNotApplied;
}

Result<void> require_not_completed(const Schema& schema, const Write& write, const std::vector<CompletionNote>& notes,
                                   const std::optional<Row>& row) {
  const auto held = row ? schema.completion_of(*row) : std::nullopt;
  bool completed = held && held->upload == write.unless_aborted, unknowable = false;
  for (const CompletionNote& note : notes) {
    if (note.write == write.uuid) continue;  // what became of it was asked already
    const Fate fate = fate_of(note.write, note.conditional, note.ord, row);
    // Overwritten is as good as applied, just before the plain write.
    completed = completed || fate == Fate::kApplied || fate == Fate::kOverwritten;
    unknowable = unknowable || fate == Fate::kUnknowable;
  }
  if (completed) return fail(ErrorKind::kExists, "the upload was completed before");
  if (unknowable) {
    return fail(ErrorKind::kUnknownOutcome, "later writes hide whether the upload was completed before");
  }
  return {};
}

}  // namespace garage::table
