#include "table/local_write.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "table/compose.hpp"
#include "table/ord_source.hpp"
#include "table/upload_mark.hpp"

namespace garage::table {

LocalWrite::LocalWrite(Schema& schema, Write write, Ord drawn, Placement* placement, uint64_t stage)
    : schema_(schema), write_(std::move(write)), drawn_(drawn), placement_(placement), stage_(stage) {}

void LocalWrite::reads(std::vector<kv::Key>& out) const {
  name_installed(schema_, write_.key, out);
  if (write_.extra) write_.extra->reads(out);
}

Result<void> LocalWrite::apply(kv::View& view, kv::Batch& batch) {
  if (placement_ && placement_->stage_of(write_.key) != stage_) {
    stale_ = true;
    return fail(ErrorKind::kConflict, "the layout moved on");
  }
  if (write_.unless_closed && schema_.is_closed(write_.key)) return closed_to_clients();
  TRY(Held held, read_held(view, schema_.family(), write_.key));
  if (has_slept_too_long(write_, stage_)) return slept_too_long();
  if (write_.unless_aborted) {
    TRY(const auto mark, read_upload_mark(view, schema_.family(), write_.key, *write_.unless_aborted));
    if (mark.over) return fail(ErrorKind::kNotFound, "the upload was aborted");
    std::vector<CompletionNote> notes;
    if (mark.note) notes.push_back(*mark.note);
    CHECK_OK(require_not_completed(schema_, write_, notes, held.row));
  }
  TRY(auto value, write_.decision->decide(held.row));
  const Ord ord = OrdSource::above(drawn_, std::max(held.highest(), write_.above));
  if (write_.ceiling && *write_.ceiling < ord) {
    return fail(ErrorKind::kUnavailable, "the lease of the write ended before it could be applied");
  }
  const bool keeps_modified = write_.keeps_modified && held.row;
  RowOfWrite of{write_.uuid, std::move(value), keeps_modified ? held.row->modified_ms : drawn_.hybrid_ms};
  row_ = write_.conditional ? compose_ballot(std::move(of), ord, held.row) : compose_blind(std::move(of), ord);
  TRY(auto installed, install(view, batch, schema_, write_.key, held, row_, std::move(write_.companions)));
  ASSERT(installed == Installed::kStored, "an ord above everything held is stored");
  if (write_.extra) CHECK_OK(write_.extra->apply(view, batch, ord));
  before_ = std::move(held.row);
  return {};
}

void LocalWrite::committed() {
  schema_.installed(write_.key, row_);
  if (write_.extra) write_.extra->committed();
}

size_t LocalWrite::bytes() const {
  size_t total = 512 + write_.key.size() + write_.decision->bytes();
  if (write_.extra) total += write_.extra->bytes();
  for (const Companion& companion : write_.companions) total += companion.key.size() + companion.value.size();
  return total;
}

Written LocalWrite::take_written() {
  return {row_.ord, row_.modified_ms, std::move(before_)};
}

}  // namespace garage::table
