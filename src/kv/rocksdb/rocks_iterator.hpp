// A cursor over one family of RocksStore.
#pragma once

#include <memory>

#include "kv/store.hpp"

namespace rocksdb {
class DB;
class ColumnFamilyHandle;
}  // namespace rocksdb

namespace garage::kv {

std::unique_ptr<Iterator> make_rocks_iterator(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                              IterateOptions options);

}  // namespace garage::kv
