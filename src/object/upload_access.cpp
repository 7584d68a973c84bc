#include "object/upload_access.hpp"

#include <map>
#include <utility>

#include "runtime/pool.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

constexpr size_t kPartNumberBytes = 2;

std::unexpected<Error> no_such_upload() {
  return fail(ErrorKind::kNotFound, "no such upload");
}

Result<std::vector<model::PartAttempt>> scan_parts(kv::Store& store, const std::string& upload_row) {
  struct Latest {
    Ord ord;
    model::PartAttempt attempt;
  };
  std::map<uint32_t, Latest> latest;
  auto iterator = store.iterate(kv::Family::kUpload, {upload_row + '\0', table::prefix_end(upload_row)});
  for (iterator->seek(upload_row + '\0'); iterator->valid(); iterator->next()) {
    if (iterator->key().size() != upload_row.size() + kPartNumberBytes + Uuid::kSize) continue;
    TRY(const auto row, table::decode_row_view(iterator->key(), iterator->value()));
    if (!row.value) continue;
    TRY(auto attempt, model::decode_part_attempt(*row.value));
    auto [it, fresh] = latest.try_emplace(attempt.part.number);
    if (!fresh && row.ord < it->second.ord) continue;
    attempt.modified_ms = row.modified_ms;
    it->second = {row.ord, std::move(attempt)};
  }
  CHECK_OK(iterator->status());
  std::vector<model::PartAttempt> parts;
  parts.reserve(latest.size());
  for (auto& [number, entry] : latest) parts.push_back(std::move(entry.attempt));
  return parts;
}

}  // namespace

Task<Result<model::Upload>> read_upload(Core& core, std::string upload_row) {
  CO_TRY(auto row, co_await core.uploads->read(std::move(upload_row)));
  if (!row || !row->value) co_return no_such_upload();
  co_return model::decode_upload(*row->value);
}

Task<Result<std::vector<model::PartAttempt>>> read_parts(Core& core, std::string upload_row) {
  co_return co_await runtime::run_on(core.env.pools.disk,
                                     [&core, &upload_row] { return scan_parts(core.store, upload_row); });
}

Result<void> require_open_upload(kv::View& view, std::string_view upload_row) {
  TRY(const auto encoded, view.get(kv::Family::kUpload, upload_row));
  if (!encoded) return no_such_upload();
  TRY(const auto row, table::decode_row_view(upload_row, *encoded));
  if (!row.value) return no_such_upload();
  TRY(const auto upload, model::decode_upload(*row.value));
  if (upload.state != model::UploadState::kOpen) return no_such_upload();
  return {};
}

}  // namespace garage::object
