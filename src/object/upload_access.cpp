#include "object/upload_access.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "codec/big_endian.hpp"
#include "object/queue_entry.hpp"
#include "runtime/pool.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

constexpr size_t kPartNumberBytes = 2;
constexpr size_t kPartsPerRange = 1000;

std::unexpected<Error> no_such_upload() {
  return fail(ErrorKind::kNotFound, "no such upload");
}

// Keeps the latest attempt of each number.
class LatestParts {
 public:
  Result<void> add(const table::RowView& row) {
    TRY(auto attempt, model::decode_part_attempt(*row.value));
    highest_ = std::max(highest_, row.ord);
    auto [it, fresh] = latest_.try_emplace(attempt.part.number);
    if (!fresh && row.ord < it->second.ord) return {};
    attempt.modified_ms = row.modified_ms;
    it->second = {row.ord, std::move(attempt)};
    return {};
  }
  Ord highest() const { return highest_; }
  std::vector<model::PartAttempt> take() {
    std::vector<model::PartAttempt> parts;
    parts.reserve(latest_.size());
    for (auto& [number, entry] : latest_) parts.push_back(std::move(entry.attempt));
    return parts;
  }

 private:
  struct Latest {
    Ord ord;
    model::PartAttempt attempt;
  };
  Ord highest_;
  std::map<uint32_t, Latest> latest_;
};

// Attempts whose rows begin with `begin`: the upload's row, or that and a part number.
struct AttemptsAsked {
  size_t row_bytes;  // of each
  std::string begin;
};

AttemptsAsked all_attempts_of(std::string_view upload_row) {
  return {upload_row.size() + kPartNumberBytes + Uuid::kSize, std::string(upload_row)};
}

Result<LatestParts> scan_parts(kv::Store& store, const AttemptsAsked& asked) {
  LatestParts latest;
  auto iterator = store.iterate(kv::Family::kUpload, {asked.begin, table::prefix_end(asked.begin)});
  for (iterator->seek(asked.begin); iterator->valid(); iterator->next()) {
    if (iterator->key().size() != asked.row_bytes) continue;
    TRY(const auto row, table::decode_row_view(iterator->key(), iterator->value()));
    if (row.value) CHECK_OK(latest.add(row));
  }
  CHECK_OK(iterator->status());
  return latest;
}

// The same by a quorum of the upload's replicas.
Task<Result<LatestParts>> range_parts(table::Ranges& ranges, AttemptsAsked asked) {
  LatestParts latest;
  CO_TRY(const auto place, table::parse_shard_prefix(asked.begin));
  const std::string shard = table::shard_prefix(place.bucket, place.shard), begin(place.rest);
  table::RangeQuery query{kv::Family::kUpload, {shard}, begin, begin, {}, kPartsPerRange};
  for (;;) {
    CO_TRY(auto page, co_await ranges.read(query));
    for (const auto& found : page.rows) {
      if (found.key.size() + shard.size() != asked.row_bytes || !found.row.value) continue;
      CO_CHECK_OK(latest.add({found.row.ord, found.row.uuid, found.row.modified_ms, *found.row.value}));
    }
    if (!page.more) co_return std::move(latest);
    query.from = std::move(page.next_from);
  }
}

Task<Result<LatestParts>> latest_parts(Core& core, AttemptsAsked asked) {
  if (core.replicated()) co_return co_await range_parts(*core.cluster->uploads, std::move(asked));
  co_return co_await runtime::run_on(core.env.pools.disk, [&core, &asked] { return scan_parts(core.store, asked); });
}

}  // namespace

Task<Result<model::Upload>> read_upload(Core& core, std::string upload_row) {
  CO_TRY(auto row, co_await core.uploads->read(std::move(upload_row)));
  if (!row || !row->value) co_return no_such_upload();
  co_return model::decode_upload(*row->value);
}

Task<Result<std::vector<model::PartAttempt>>> read_parts(Core& core, std::string upload_row) {
  CO_TRY(auto latest, co_await latest_parts(core, all_attempts_of(upload_row)));
  co_return latest.take();
}

Task<Result<Ord>> latest_attempt(Core& core, std::string upload_row, uint32_t number) {
  AttemptsAsked asked = all_attempts_of(upload_row);
  codec::append_be(asked.begin, static_cast<uint16_t>(number));
  CO_TRY(const auto latest, co_await latest_parts(core, std::move(asked)));
  co_return latest.highest();
}

void complete_as(model::Upload& upload, const model::ObjectVersion& version) {
  upload.state = model::UploadState::kCompleted;
  upload.completed_etag = version.etag;
  upload.completed_checksums = version.checksums;
}

Task<Result<void>> write_upload(Core& core, std::string upload_row, std::optional<std::string> value) {
  table::Write write;
  write.key = std::move(upload_row);
  write.uuid = core.env.random.id<Uuid>();
  write.decision = table::always(std::move(value));
  CO_TRY([[maybe_unused]] const auto written, co_await core.uploads->write(std::move(write)));
  co_return Result<void>();
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

Result<bool> has_become_object(kv::View& view, std::string_view upload_row) {
  const std::string key = upload_entry_key(upload_row);
  TRY(const auto encoded, view.get(kv::Family::kQueue, key));
  if (!encoded) return false;
  TRY(const auto entry, decode_upload_entry(key, *encoded));
  return entry.completed;
}

Task<Result<std::optional<model::Upload>>> find_completed(Core& core, std::string upload_row) {
  auto upload = co_await read_upload(core, upload_row);
  if (upload && upload->state == model::UploadState::kCompleted) co_return std::move(*upload);
  if (!upload && upload.error().kind != ErrorKind::kNotFound) co_return std::unexpected(upload.error());
  const std::string key = upload_entry_key(upload_row);
  CO_TRY(const auto encoded, co_await core.get(kv::Family::kQueue, key));
  if (!encoded) co_return std::optional<model::Upload>();
  CO_TRY(const auto entry, decode_upload_entry(key, *encoded));
  if (!entry.completed || entry.final_upload.empty()) co_return std::optional<model::Upload>();
  CO_TRY(auto completed, model::decode_upload(entry.final_upload));
  co_return std::move(completed);
}

}  // namespace garage::object
