// The one door through which a row changes: client write, conditional write, read write-back, anti-entropy and layout
// sync alike.
//
// Runs inside Change::apply, so nothing changes between look and leap. A row below the fence is refused; an older row
// than the one held is passed over (a later write has overwritten it already); any other replaces the row, and takes
// its companions and the schema's derived state into the same batch.
//
// The fence is the highest ballot ever promised or installed here. While the row held is a ballot, its own ord is the
// fence; the stored promise takes it over when a plain row replaces it. So a conditional write stores no promise of its
// own, and none is ever forgotten.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kv/commit_queue.hpp"
#include "table/register.hpp"
#include "table/row.hpp"

namespace garage::table {

// What a replica holds for a key.
struct Held {
  std::optional<Row> row;
  Ord promise;  // as stored

  Ord row_ord() const { return row ? row->ord : Ord{}; }
  Ord fence() const { return row && row->kind == RowKind::kBallot ? std::max(promise, row->ord) : promise; }
  Ord highest() const { return std::max(promise, row_ord()); }
};

// The keys that read_held() looks at, for Change::reads().
void name_held(kv::Family family, std::string_view key, std::vector<kv::Key>& out);
// The same, and what install() reads besides.
void name_installed(const Schema& schema, std::string_view key, std::vector<kv::Key>& out);
Result<Held> read_held(kv::View& view, kv::Family family, std::string_view key);

void put_promise(kv::Batch& batch, kv::Family family, std::string_view key, Ord promise);

enum class Installed {
  kStored,
  kPassedOver,  // the row held is as new or newer: as good as stored
  kRefused,     // below the fence
};

Result<Installed> install(kv::View& view, kv::Batch& batch, Schema& schema, std::string_view key, const Held& held,
                          const Row& row, std::vector<Companion> companions);

}  // namespace garage::table
