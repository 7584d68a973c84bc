#include "object/schemas.hpp"

#include "model/object_version.hpp"
#include "model/upload.hpp"
#include "object/queue_entry.hpp"
#include "object/upload_rows.hpp"
#include "object/usage_counter.hpp"
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
  DropEntry entry{std::string(key), origin, before.ord, *before.value};
  batch.put(kv::Family::kQueue, entry_key, encode_drop_entry(entry_key, entry));
  return {};
}

Result<UsageCounter> weigh(const std::optional<std::string>& value) {
  if (!value) return UsageCounter{};
  TRY(auto summary, model::summarize_object_version(*value));
  return UsageCounter{1, static_cast<int64_t>(summary.bytes), 0};
}

}  // namespace

Result<void> ObjectSchema::on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const std::optional<table::Row>& before, const table::Row& after) {
  if (before && before->uuid == after.uuid) return {};  // re-stamped: the same write
  TRY(const auto place, table::parse_shard_prefix(key));
  UsageCounter difference;
  if (before && before->value) {
    TRY(const auto old_weight, weigh(before->value));
    difference.objects -= old_weight.objects;
    difference.bytes -= old_weight.bytes;
    CHECK_OK(leave_behind(batch, key, *before, after));
  }
  TRY(const auto new_weight, weigh(after.value));
  difference.objects += new_weight.objects;
  difference.bytes += new_weight.bytes;
  CHECK_OK(add_usage(view, batch, place.bucket, difference));
  if (!after.value) {
    const std::string entry_key = tomb_entry_key(key);
    batch.put(kv::Family::kQueue, entry_key, encode_tomb_entry(entry_key, {after.ord, after.modified_ms}));
  }
  return {};
}

Result<void> UploadSchema::on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const std::optional<table::Row>& before, const table::Row& after) {
  TRY(const auto parsed, parse_upload_row_key(key));
  if (parsed.attempt) return {};
  const auto open = [](const std::optional<std::string>& value) -> Result<int64_t> {
    if (!value) return 0;
    TRY(auto upload, model::decode_upload(*value));
    return upload.state == model::UploadState::kOpen ? 1 : 0;
  };
  TRY(const int64_t was, open(before ? before->value : std::nullopt));
  TRY(const int64_t is, open(after.value));
  return add_usage(view, batch, parsed.bucket, {0, 0, is - was});
}

}  // namespace garage::object
