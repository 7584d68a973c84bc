#include "object/schemas.hpp"

#include <algorithm>

#include "model/object_version.hpp"
#include "model/upload.hpp"
#include "object/queue_entry.hpp"
#include "object/upload_rows.hpp"
#include "object/usage_counter.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

// An edited version (its tags or rights were changed) names the bytes of the one before.
bool same_bytes(const model::ObjectVersion& before, const Uuid& before_uuid, const model::ObjectVersion& after,
                const Uuid& after_uuid) {
  return before.origin_or(before_uuid) == after.origin_or(after_uuid);
}

// Leaves the bytes of the replaced version to the collector. Small bodies go at once: nobody reads them piece by piece.
Result<void> leave_behind(kv::Batch& batch, std::string_view key, const table::Row& before, const table::Row& after) {
  TRY(auto version, model::decode_object_version(*before.value));
  if (after.value) {
    TRY(const auto next, model::decode_object_version(*after.value));
    if (same_bytes(version, before.uuid, next, after.uuid)) return {};
  }
  if (!version.is_multipart() && version.body.is_inline) {
    batch.remove(kv::Family::kInline, std::string(version.body.owner.view()));
    return {};
  }
  if (!version.is_multipart() && version.body.bytes == 0) return {};
  const Uuid origin = version.origin_or(before.uuid);
  const std::string entry_key = drop_entry_key(origin);
  DropEntry entry{std::string(key), origin, before.ord, *before.value, after.modified_ms};
  batch.put(kv::Family::kQueue, entry_key, encode_drop_entry(entry_key, entry));
  return {};
}

// Leaves an ended upload to the collector, which asks the object's row which parts were kept. Never as it was left
// before: whoever has just gone through it, and is about to say that nothing is left, must see that more has come.
Result<void> note_ended(kv::View& view, kv::Batch& batch, std::string_view upload_row, uint64_t ended_ms,
                        bool completed) {
  const std::string entry_key = upload_entry_key(upload_row);
  UploadEntry entry;
  entry.completed = completed;
  entry.ended_ms = ended_ms;
  entry.by_row = true;
  TRY(const auto left_before, view.get(kv::Family::kQueue, entry_key));
  if (left_before) {
    TRY(const auto before, decode_upload_entry(entry_key, *left_before));
    entry.ended_ms = std::max(ended_ms, before.ended_ms + 1);
  }
  batch.put(kv::Family::kQueue, entry_key, encode_upload_entry(entry_key, entry));
  return {};
}

// A multipart object has come: its upload's row may still say that it is open, if the coordinator died in between.
Result<void> leave_upload(kv::View& view, kv::Batch& batch, std::string_view key, const table::Row& row) {
  TRY(const auto completed, model::summarize_completion(*row.value));
  if (completed.upload.is_zero()) return {};
  TRY(const std::string upload_row, upload_row_beside(key, completed.upload));
  return note_ended(view, batch, upload_row, row.modified_ms, true);
}

void name_body(const model::BodyPlace& body, std::vector<kv::Key>& out) {
  if (body.is_inline) out.push_back({kv::Family::kInline, std::string(body.owner.view())});
  for (uint32_t page = 0; page < body.manifest_pages; ++page) {
    out.push_back({kv::Family::kManifest, model::manifest_key(body.owner, page)});
  }
}

// A part whose upload is over has come too late, or a blank row over it: the collector looks again.
Result<void> note_late_part(kv::View& view, kv::Batch& batch, std::string_view key, const table::Row& after) {
  const std::string_view upload_row = upload_row_of_part(key);
  TRY(const auto encoded, view.get(kv::Family::kUpload, upload_row));
  if (!encoded) return {};
  TRY(const auto row, table::decode_row_view(upload_row, *encoded));
  const uint64_t ended_ms = std::max(after.modified_ms, row.modified_ms);  // a blank row has no time
  bool completed = false;
  if (row.value) {
    TRY(const auto upload, model::decode_upload(*row.value));
    if (upload.state == model::UploadState::kOpen) return {};
    completed = true;
  }
  return note_ended(view, batch, upload_row, ended_ms, completed);
}

}  // namespace

bool is_in_closed(const IsClosed& closed, std::string_view row_key) {
  const auto bucket = BucketId::from_raw(row_key.substr(0, BucketId::kSize));
  return closed && bucket && closed(*bucket);
}

Result<void> ObjectSchema::on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const std::optional<table::Row>& before, const table::Row& after) {
  if (before && before->uuid == after.uuid) return {};  // re-stamped: the same write
  TRY(const auto place, table::parse_shard_prefix(key));
  UsageCounter difference;
  if (before && before->value) {
    TRY(const auto old_weight, weigh_object(before->value));
    difference.objects -= old_weight.objects;
    difference.bytes -= old_weight.bytes;
    CHECK_OK(leave_behind(batch, key, *before, after));
  }
  TRY(const auto new_weight, weigh_object(after.value));
  difference.objects += new_weight.objects;
  difference.bytes += new_weight.bytes;
  CHECK_OK(add_usage(view, batch, place.bucket, difference));
  if (replicated_()) return after.value ? leave_upload(view, batch, key, after) : Result<void>();
  if (!after.value) {
    const std::string entry_key = tomb_entry_key(key);
    batch.put(kv::Family::kQueue, entry_key, encode_tomb_entry(entry_key, {after.ord, after.modified_ms}));
  }
  return {};
}

std::vector<kv::Key> ObjectSchema::companions_of(std::string_view, const table::Row& row) const {
  std::vector<kv::Key> out;
  if (!row.value) return out;
  const auto version = model::decode_object_version(*row.value);
  if (!version) return out;
  name_body(version->body, out);
  for (const auto& part : version->parts) name_body(part.body, out);
  for (uint32_t page = 0; page < version->part_pages; ++page) {
    out.push_back({kv::Family::kManifest, model::manifest_key(version->origin_or(row.uuid), page)});
  }
  return out;
}

std::vector<kv::Key> ObjectSchema::companions_behind(const kv::Key& companion, std::string_view value) const {
  std::vector<kv::Key> out;
  if (companion.family != kv::Family::kManifest) return out;
  const auto parts = model::decode_part_page(companion.bytes, value);
  if (!parts) return out;
  for (const auto& part : *parts) name_body(part.body, out);  // none in a page of blocks
  return out;
}

std::optional<table::Completion> ObjectSchema::completion_of(const table::Row& row) const {
  if (!row.value || !replicated_()) return std::nullopt;
  const auto completed = model::summarize_completion(*row.value);
  if (!completed || completed->upload.is_zero()) return std::nullopt;
  const Uuid write = completed->origin.is_zero() ? row.uuid : completed->origin;
  return table::Completion{completed->upload, write, !completed->unconditional};
}

std::string ObjectSchema::project(std::string_view value) const {
  // Most rows are small, and decoding them would cost more than sending them.
  constexpr size_t kSmallBytes = 1024;
  if (value.size() <= kSmallBytes) return std::string(value);
  auto version = model::decode_object_version(value);
  if (!version) return std::string(value);
  version->headers.clear();
  version->body = {};
  version->parts.clear();
  version->part_pages = 0;
  version->unknown.clear();
  return model::encode_object_version(*version);
}

std::vector<kv::Key> UploadSchema::companions_of(std::string_view key, const table::Row& row) const {
  std::vector<kv::Key> out;
  const auto parsed = parse_upload_row_key(key);
  if (!row.value || !parsed || !parsed->attempt) return out;
  if (const auto attempt = model::decode_part_attempt(*row.value)) name_body(attempt->part.body, out);
  return out;
}

Result<void> UploadSchema::on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const std::optional<table::Row>& before, const table::Row& after) {
  TRY(const auto parsed, parse_upload_row_key(key));
  if (parsed.attempt) return replicated_() ? note_late_part(view, batch, key, after) : Result<void>();
  TRY(const auto before_weight, weigh_upload(before ? before->value : std::nullopt));
  TRY(const auto after_weight, weigh_upload(after.value));
  const int64_t was = before_weight.uploads, is = after_weight.uploads;
  const bool restamped = before && before->uuid == after.uuid;
  if (replicated_() && is == 0 && !restamped) {
    CHECK_OK(note_ended(view, batch, key, after.modified_ms, after.value.has_value()));
  }
  return add_usage(view, batch, parsed.bucket, {0, 0, is - was});
}

}  // namespace garage::object
