#include "object/former_rules.hpp"

#include "object/collector.hpp"
#include "object/upload_rows.hpp"
#include "object/usage_counter.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

// A round of the layout change has put a blank row over the one of a part that most had gone through already: nothing
// else tells of what lies beside it, unless the object's row is here and names the part.
Result<void> let_go_beside_blank(kv::View& view, kv::Batch& batch, std::string_view key, const Uuid& owner) {
  TRY(const std::string object_row, object_row_beside(upload_row_of_part(key)));
  TRY(const bool named, is_named_here(view, object_row, owner));
  if (named) return {};
  batch.remove(kv::Family::kInline, std::string(owner.view()));
  std::string from(owner.view());
  const std::string until = table::prefix_end(from);
  while (true) {
    TRY(auto page, view.first_key(kv::Family::kManifest, from, until));
    if (!page) return {};
    from = *page + '\0';
    batch.remove(kv::Family::kManifest, std::move(*page));
  }
}

}  // namespace

Result<void> FormerObjects::on_let_go(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const table::Row& row) const {
  TRY(const auto place, table::parse_shard_prefix(key));
  TRY(const auto weight, weigh_object(row.value));
  return add_usage(view, batch, place.bucket, {-weight.objects, -weight.bytes, 0});
}

Result<void> FormerUploads::on_let_go(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const table::Row& row) const {
  TRY(const auto parsed, parse_upload_row_key(key));
  if (parsed.attempt) return row.value ? Result<void>() : let_go_beside_blank(view, batch, key, *parsed.attempt);
  TRY(const auto weight, weigh_upload(row.value));
  return add_usage(view, batch, parsed.bucket, {0, 0, -weight.uploads});
}

std::string FormerUploads::ruled_by(std::string_view key) const {
  const auto parsed = parse_upload_row_key(key);
  return parsed && parsed->attempt ? std::string(upload_row_of_part(key)) : std::string();
}

}  // namespace garage::object
