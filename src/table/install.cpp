#include "table/install.hpp"

#include <string>
#include <utility>

#include "table/promise.hpp"

namespace garage::table {
namespace {

// A re-stamped row is the same write under a higher ord: what was derived from it stands.
bool is_same_write(const std::optional<Row>& before, const Row& after) {
  return before && before->uuid == after.uuid && before->value == after.value;
}

}  // namespace

void name_held(kv::Family family, std::string_view key, std::vector<kv::Key>& out) {
  out.push_back({family, std::string(key)});
  out.push_back({kv::Family::kPromise, promise_key(family, key)});
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
                          const Row& row, std::vector<Companion> companions, Fence fence) {
  if (row.ord < held.promise) return Installed::kRefused;
  const bool fenced = fence == Fence::kRaise || !held.promise.is_zero();
  if (fenced && row.kind == RowKind::kBallot && held.promise < row.ord) {
    std::string at = promise_key(schema.family(), key);
    std::string promise = encode_promise(at, row.ord);
    batch.put(kv::Family::kPromise, std::move(at), std::move(promise));
  }
  if (row.ord <= held.row_ord()) return Installed::kPassedOver;
  if (!is_same_write(held.row, row)) {
    CHECK_OK(schema.on_install(view, batch, key, held.row, row));
  }
  for (Companion& companion : companions)
    batch.put(companion.family, std::move(companion.key), std::move(companion.value));
  batch.put(schema.family(), std::string(key), encode_row(key, row));
  return Installed::kStored;
}

}  // namespace garage::table
