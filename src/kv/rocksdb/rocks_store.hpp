// The Store of a real node: RocksDB in one directory. The only code that knows RocksDB is in this folder.
//
// Durability: kSynced writes are one append and one fdatasync of the log. After kill -9 or a power cut the database
// opens
//             with everything that was synced; damage in the middle of the log, a missing file or a bad checksum is an
//             error that names the directory. Nothing is ever recreated or dropped in silence.
// Disk full:  writes are refused with kNoSpace, reads go on, and writes work again once there is space, without a
// restart. A quota that is used up is the same. Damage: a table that cannot be compacted stops nothing (damage()).
// Memory:     the cache, the memtables and about 200 bytes an open file. Threads:    two of RocksDB's for
// flushes and compactions, and its timer.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "kv/store.hpp"

namespace rocksdb {
class FileSystem;
}

namespace garage::kv {

struct RocksOptions {
  std::string directory;  // made if missing; its parent must exist
  // How the node commits. kSynced writes ahead so that each commit is cheap. A hole in a log that was written so is
  // damage; with kRelaxed a power cut may leave one, and the database opens as it was before the hole.
  Durability durability = Durability::kSynced;
  size_t cache_bytes = 128u << 20;    // blocks, indexes and filters of tables; taken as needed
  size_t memtable_bytes = 64u << 20;  // rows not yet in tables, all families together
  size_t log_bytes_max = 128u << 20;  // beyond it, memtables are written out; bounds the time a start takes
  int open_files_max = 1000;
  int background_jobs = 2;
  std::shared_ptr<rocksdb::FileSystem> files = nullptr;  // null: that of the system. For tests that let it fail
};

// kCorrupt: the directory is damaged. kExists: another process has it open. kUnsupported: written by a newer version.
Result<std::unique_ptr<Store>> open_rocks_store(RocksOptions options);

}  // namespace garage::kv
