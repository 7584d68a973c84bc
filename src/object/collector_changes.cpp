#include <algorithm>
#include <utility>

#include "block/reference.hpp"
#include "object/collector.hpp"
#include "table/row.hpp"

namespace garage::object {

Result<bool> is_named_here(kv::View& view, const std::string& row_key, const Uuid& owner) {
  TRY(const auto encoded, view.get(kv::Family::kObject, row_key));
  if (!encoded) return false;
  TRY(const auto row, table::decode_row_view(row_key, *encoded));
  if (!row.value) return false;
  TRY(const auto version, model::decode_object_version(*row.value));
  if (version.body.owner == owner) return true;
  const auto names_owner = [&owner](const model::ObjectPart& part) { return part.body.owner == owner; };
  if (std::ranges::any_of(version.parts, names_owner)) return true;
  const Uuid current = version.origin_or(row.uuid);  // the view is gone with the next get()
  for (uint32_t page = 0; page < version.part_pages; ++page) {
    const std::string key = model::manifest_key(current, page);
    TRY(const auto page_row, view.get(kv::Family::kManifest, key));
    if (!page_row) continue;
    TRY(const auto parts, model::decode_part_page(key, *page_row));
    if (std::ranges::any_of(parts, names_owner)) return true;
  }
  return false;
}

DropChange::DropChange(block::BlockStore& blocks, std::string row_key, DropStep step)
    : blocks_(blocks), row_key_(std::move(row_key)), step_(std::move(step)) {}

void DropChange::reads(std::vector<kv::Key>& out) const {
  out.push_back({kv::Family::kObject, row_key_});
  for (const auto& hash : step_.hashes) out.push_back({kv::Family::kBlockRef, block::reference_key(hash, step_.owner)});
}

Result<void> DropChange::apply(kv::View& view, kv::Batch& batch) {
  TRY(spared_, is_named_here(view, row_key_, step_.owner));
  if (spared_) return {};
  removal_ = blocks_.begin_removal();
  block::ReferenceDigests digests(blocks_.digests());
  CHECK_OK(block::drop_references(view, batch, *removal_, step_.owner, step_.hashes, Ord::highest(), &digests));
  CHECK_OK(digests.finish(view, batch));
  for (const auto& row : step_.rows) batch.remove(row.family, row.bytes);
  return {};
}

void DropChange::committed() {
  if (removal_) removal_->committed();
}

Result<void> FinishEntry::apply(kv::View& view, kv::Batch& batch) {
  for (const auto& row : rows_) batch.remove(row.family, row.bytes);
  for (const auto& part : parts_) {
    TRY(const auto attempt, view.get(kv::Family::kUpload, part.attempt_row));
    if (attempt) continue;  // goes with what the upload left
    for (const auto& row : part.rows) batch.remove(row.family, row.bytes);
  }
  TRY(const auto now, view.get(kv::Family::kQueue, entry_key_));
  if (now && *now == value_) batch.remove(kv::Family::kQueue, entry_key_);
  return {};
}

void ForgetTombstones::reads(std::vector<kv::Key>& out) const {
  for (const auto& tombstone : tombstones_) out.push_back({kv::Family::kObject, tombstone.row_key});
}

Result<void> ForgetTombstones::apply(kv::View& view, kv::Batch& batch) {
  for (const auto& tombstone : tombstones_) {
    const std::string entry = tomb_entry_key(tombstone.row_key);
    TRY(const auto encoded, view.get(kv::Family::kObject, tombstone.row_key));
    if (encoded) {
      const auto row = table::decode_row_view(tombstone.row_key, *encoded);
      // One that cannot be read keeps none of the others waiting.
      if (!row) continue;
      if (row->ord == tombstone.ord && !row->value) batch.remove(kv::Family::kObject, tombstone.row_key);
      // A newer tombstone has overwritten the entry with its own ord: leave it to that.
      if (row->ord != tombstone.ord && !row->value) continue;
    }
    batch.remove(kv::Family::kQueue, entry);
  }
  return {};
}

}  // namespace garage::object
