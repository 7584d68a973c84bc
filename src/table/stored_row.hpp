// Reads from the store without a round through the pool where the answer is in memory.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "kv/store.hpp"
#include "runtime/pool.hpp"
#include "runtime/task.hpp"
#include "table/row.hpp"

namespace garage::table {

// The bytes of a key, from memory on this loop or else from the pool.
Task<Result<std::optional<std::string>>> get_bytes(kv::Store& store, runtime::Pool& disk, kv::Family family,
                                                   std::string key);
Task<Result<std::optional<Row>>> get_row(kv::Store& store, runtime::Pool& disk, kv::Family family, std::string key);

}  // namespace garage::table
