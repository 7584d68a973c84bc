#include "table/stored_row.hpp"

#include <utility>

namespace garage::table {

Task<Result<std::optional<std::string>>> get_bytes(kv::Store& store, runtime::Pool& disk, kv::Family family,
                                                   std::string key) {
  CO_TRY(auto cached, store.get_if_cached(family, key));
  if (cached) co_return std::move(*cached);
  co_return co_await runtime::run_on(disk, [&store, family, &key] { return store.get(family, key); });
}

Task<Result<std::optional<Row>>> get_row(kv::Store& store, runtime::Pool& disk, kv::Family family, std::string key) {
  CO_TRY(auto bytes, co_await get_bytes(store, disk, family, key));
  if (!bytes) co_return std::nullopt;
  CO_TRY(Row row, decode_row(key, *bytes));
  co_return std::move(row);
}

}  // namespace garage::table
