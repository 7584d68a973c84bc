#include "object/collector_queue.hpp"

#include <algorithm>
#include <utility>

#include "object/upload_rows.hpp"
#include "runtime/pool.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

Result<std::vector<QueueRow>> read_queue(kv::Store& store, const std::string& kind, const std::string& from) {
  std::vector<QueueRow> rows;
  auto iterator = store.iterate(kv::Family::kQueue, {kind, table::prefix_end(kind)});
  for (iterator->seek(std::max(kind, from)); iterator->valid() && rows.size() < kEntriesPerRound; iterator->next()) {
    rows.push_back({std::string(iterator->key()), std::string(iterator->value())});
  }
  CHECK_OK(iterator->status());
  return rows;
}

// An attempt whose row is blank: what lies beside it goes by its owner alone.
Result<model::PartAttempt> attempt_of_blank(kv::Store& store, const ParsedUploadRowKey& row) {
  model::PartAttempt out;
  out.part.number = row.number;
  out.part.body.owner = *row.attempt;
  const std::string owner(row.attempt->view());
  TRY(const auto small, store.get(kv::Family::kInline, owner));
  out.part.body.is_inline = small.has_value();
  auto pages = store.iterate(kv::Family::kManifest, {owner, table::prefix_end(owner)});
  for (pages->seek(owner); pages->valid(); pages->next()) ++out.part.body.manifest_pages;
  CHECK_OK(pages->status());
  return out;
}

Result<std::vector<AttemptRow>> scan_attempts(kv::Store& store, const std::string& upload_row) {
  std::vector<AttemptRow> out;
  auto iterator = store.iterate(kv::Family::kUpload, {upload_row + '\0', table::prefix_end(upload_row)});
  for (iterator->seek(upload_row + '\0'); iterator->valid() && out.size() < kEntriesPerRound; iterator->next()) {
    TRY(const auto parsed, parse_upload_row_key(iterator->key()));
    if (!parsed.attempt) continue;
    TRY(const auto row, table::decode_row_view(iterator->key(), iterator->value()));
    TRY(auto attempt, row.value ? model::decode_part_attempt(*row.value) : attempt_of_blank(store, parsed));
    out.push_back({std::string(iterator->key()), std::move(attempt)});
  }
  CHECK_OK(iterator->status());
  return out;
}

}  // namespace

Task<Result<std::vector<QueueRow>>> next_rows(Core& core, std::string kind, std::string from) {
  co_return co_await runtime::run_on(core.env.pools.disk,
                                     [&core, &kind, &from] { return read_queue(core.store, kind, from); });
}

Task<Result<std::vector<AttemptRow>>> read_attempts(Core& core, std::string upload_row) {
  co_return co_await runtime::run_on(core.env.pools.disk,
                                     [&core, &upload_row] { return scan_attempts(core.store, upload_row); });
}

std::vector<BlockHash> hashes_of(const std::vector<model::BlockEntry>& blocks) {
  std::vector<BlockHash> out;
  out.reserve(blocks.size());
  for (const auto& block : blocks) out.push_back(block.hash);
  return out;
}

}  // namespace garage::object
