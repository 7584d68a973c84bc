// How RocksDB is set up for a small, fast, careful server; each choice has its reason beside it in the .cpp.
#pragma once

#include "kv/rocksdb/rocks_store.hpp"

namespace rocksdb {
struct ColumnFamilyOptions;
struct DBOptions;
class Env;
class EventListener;
}  // namespace rocksdb

namespace garage::kv {

rocksdb::DBOptions make_db_options(const RocksOptions& options, rocksdb::Env& env,
                                   std::shared_ptr<rocksdb::EventListener> listener);
// The same for all families; they share one cache. `table_bytes` is the size of the database as it is opened.
rocksdb::ColumnFamilyOptions make_family_options(const RocksOptions& options, uint64_t table_bytes);

}  // namespace garage::kv
