#include "table/install.hpp"

#include <string>
#include <utility>

#include "table/digest.hpp"
#include "table/promise.hpp"
#include "table/upload_mark.hpp"

namespace garage::table {
namespace {

// A re-stamped row is the same write under a higher ord: what was derived from it stands.
bool is_same_write(const std::optional<Row>& before, const Row& after) {
  return before && before->uuid == after.uuid && before->value == after.value;
}

void put_all(kv::Batch& batch, std::vector<Companion> companions) {
  for (Companion& companion : companions) {
    batch.put(companion.family, std::move(companion.key), std::move(companion.value));
  }
}

}  // namespace

void put_promise(kv::Batch& batch, kv::Family family, std::string_view key, Ord promise) {
  std::string at = promise_key(family, key);
  std::string bytes = encode_promise(at, promise);
  batch.put(kv::Family::kPromise, std::move(at), std::move(bytes));
}

void name_held(kv::Family family, std::string_view key, std::vector<kv::Key>& out) {
  out.push_back({family, std::string(key)});
  out.push_back({kv::Family::kPromise, promise_key(family, key)});
}

void name_installed(const Schema& schema, std::string_view key, std::vector<kv::Key>& out) {
  name_held(schema.family(), key, out);
  if (const DigestKeeper* digests = schema.digests()) digests->name_reads(schema.family(), key, out);
}

Result<Held> read_held(kv::View& view, kv::Family family, std::string_view key) {
  Held held;
  TRY(auto row, view.get(family, key));
  if (row) {
    TRY(held.row, decode_row(key, *row));
  }
  const std::string fence = promise_key(family, key);
  TRY(auto promise, view.get(kv::Family::kPromise, fence));
  if (promise) {
    TRY(held.promise, decode_promise(fence, *promise));
  }
  return held;
}

Result<Installed> install(kv::View& view, kv::Batch& batch, Schema& schema, std::string_view key, const Held& held,
                          const Row& row, std::vector<Companion> companions) {
  if (row.ord < held.fence()) return Installed::kRefused;
  // Also where a newer row stays: what is acknowledged may be chosen by that.
  if (const auto completion = schema.completion_of(row)) {
    CHECK_OK(note_completion(view, batch, schema.family(), key, *completion, row));
  }
  const bool stored = held.row_ord() < row.ord;
  // What the row that stays does not carry of the fence by itself is stored beside it.
  const Ord fence = row.kind == RowKind::kBallot ? row.ord : held.fence();
  const Row& stays = stored ? row : *held.row;
  const Ord carried = stays.kind == RowKind::kBallot ? stays.ord : Ord{};
  if (std::max(held.promise, carried) < fence) put_promise(batch, schema.family(), key, fence);
  if (!stored) {
    // The row may have come without what belongs beside it.
    const bool same = !companions.empty() && schema.companions_of(key, *held.row) == schema.companions_of(key, row);
    if (same) put_all(batch, std::move(companions));
    return Installed::kPassedOver;
  }

  if (!is_same_write(held.row, row)) CHECK_OK(schema.on_install(view, batch, key, held.row, row));
  put_all(batch, std::move(companions));
  batch.put(schema.family(), std::string(key), encode_row(key, row));
  if (telemetry::Counter* updates = schema.updates()) updates->add();
  if (DigestKeeper* digests = schema.digests()) {
    CHECK_OK(digests->replace(view, batch, schema.family(), key, held.row_ord(), row.ord));
  }
  return Installed::kStored;
}

}  // namespace garage::table
