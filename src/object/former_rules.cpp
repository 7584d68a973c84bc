#include "object/former_rules.hpp"

#include "object/upload_rows.hpp"
#include "object/usage_counter.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {

Result<void> FormerObjects::on_let_go(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const table::Row& row) const {
  TRY(const auto place, table::parse_shard_prefix(key));
  TRY(const auto weight, weigh_object(row.value));
  return add_usage(view, batch, place.bucket, {-weight.objects, -weight.bytes, 0});
}

Result<void> FormerUploads::on_let_go(kv::View& view, kv::Batch& batch, std::string_view key,
                                      const table::Row& row) const {
  TRY(const auto parsed, parse_upload_row_key(key));
  if (parsed.attempt) return {};
  TRY(const auto weight, weigh_upload(row.value));
  return add_usage(view, batch, parsed.bucket, {0, 0, -weight.uploads});
}

std::string FormerUploads::ruled_by(std::string_view key) const {
  const auto parsed = parse_upload_row_key(key);
  return parsed && parsed->attempt ? std::string(upload_row_of_part(key)) : std::string();
}

}  // namespace garage::object
