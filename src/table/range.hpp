// Rows in key order over several shards, each on its replicas: what listings are made of.
//
//   rows->read({kv::Family::kObject, {shard prefixes...}, prefix, from, delimiter, 1000})
//
// Every page rests on a majority of the read set of every shard, merged by the highest ord before it is filtered: a
// deleted key never comes back, and an acknowledged one is never missing. Rows on which the answering replicas differ
// are settled first, so that what a page shows does not vanish from the next one.
//
// Ownership: borrows everything. Threads: any loop.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kv/store.hpp"
#include "runtime/task.hpp"
#include "table/row.hpp"

namespace garage::table {

inline constexpr size_t kRangeShardsMax = 64;
inline constexpr size_t kRangeRowsMax = 4096;

struct RangeQuery {
  kv::Family family = kv::Family::kObject;
  // What the row keys of each shard begin with (table::shard_prefix()); up to kRangeShardsMax, of one kind.
  std::vector<std::string> shards;
  // The rest is about what follows the shard in a row key.
  std::string prefix;      // only rows that begin with it
  std::string from;        // only rows at or after it
  std::string delimiter;   // empty: none. Else rows with it behind the prefix are rolled up to a common prefix
  size_t rows_max = 1000;  // rows and common prefixes together, 1 to kRangeRowsMax
};

struct RangeRow {
  std::string key;  // behind the shard; of a common prefix: through its delimiter
  bool is_common_prefix = false;
  Row row;  // live: it has a value, as the schema projects it for pages. Empty for a common prefix
};

struct RangePage {
  std::vector<RangeRow> rows;  // in key order, each key and each common prefix once
  bool more = false;           // perhaps: the next page may be empty
  std::string next_from;       // where more: the next page's `from`
};

class Ranges {
 public:
  virtual ~Ranges() = default;
  // kUnavailable: a shard has no majority. kInvalid: a query beyond the bounds.
  virtual Task<Result<RangePage>> read(RangeQuery query) = 0;
};

}  // namespace garage::table
