// The one door through which a row changes: client write, conditional write, read write-back, anti-entropy and layout
// sync alike.
//
// Runs inside Change::apply, so nothing changes between look and leap. A row below the fence is refused; an older row
// than the one held is passed over (a later write has overwritten it already); any other replaces the row, and takes
// its companions and the schema's derived state into the same batch.
#pragma once

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
  Ord promise;

  Ord row_ord() const { return row ? row->ord : Ord{}; }
  Ord highest() const { return promise < row_ord() ? row_ord() : promise; }
};

// The keys that read_held() looks at, for Change::reads().
void name_held(kv::Family family, std::string_view key, std::vector<kv::Key>& out);
Result<Held> read_held(kv::View& view, kv::Family family, std::string_view key);

enum class Installed {
  kStored,
  kPassedOver,  // the row held is as new or newer: as good as stored
  kRefused,     // below the fence
};

// A stored or passed over ballot also raises the fence. Where this node is the only replica its own conditional writes
// need none, unless a ballot of somebody else (a gateway, an earlier layout) is still under way: it must not be
// acknowledged behind this one.
enum class Fence { kRaise, kRaiseIfAny };

Result<Installed> install(kv::View& view, kv::Batch& batch, Schema& schema, std::string_view key, const Held& held,
                          const Row& row, std::vector<Companion> companions, Fence fence);

}  // namespace garage::table
