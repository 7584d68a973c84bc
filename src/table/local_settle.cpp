#include "table/local_settle.hpp"

#include "base/assert.hpp"
#include "table/compose.hpp"
#include "table/ord_source.hpp"
#include "table/upload_mark.hpp"

namespace garage::table {

Result<void> LocalSettle::apply(kv::View& view, kv::Batch& batch) {
  if (placement_ && placement_->stage_of(key_) != stage_) {
    stale_ = true;
    return fail(ErrorKind::kConflict, "the layout moved on");
  }
  if (options_.unless_closed && schema_.is_closed(key_)) return closed_to_clients();
  TRY(const Held held, read_held(view, schema_.family(), key_));
  const Ord ord = OrdSource::above(drawn_, std::max(held.highest(), options_.above));
  if (!OrdSource::acceptable(ord, held.highest(), drawn_.hybrid_ms)) {
    return fail(ErrorKind::kUnavailable, "the ord to settle above is far ahead of this node's clock");
  }
  row_ = restamp(held.row, ord);
  TRY(const auto installed, install(view, batch, schema_, key_, held, row_, {}));
  ASSERT(installed == Installed::kStored, "an ord above everything held is stored");
  // Behind what the row notes.
  if (options_.abort_upload) put_over(batch, schema_.family(), key_, *options_.abort_upload, ord);
  return {};
}

}  // namespace garage::table
