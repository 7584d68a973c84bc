// The file system RocksDB works on: the usual one, with our hand on the write-ahead logs. Room is made before a batch
// is written (log_space.hpp), and when the database is opened, the logs it will replay are checked first
// (log_check.hpp).
//
// Ownership: shared by the store and, through RocksDB's objects, by every open log.
// Threads:   any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "kv/store.hpp"

namespace rocksdb {
class FileSystem;
}

namespace garage::kv {

class LogFiles {
 public:
  struct Options {
    Durability durability = Durability::kSynced;  // kRelaxed: no zeros are written ahead
    // The logs that are there may have holes, since they were not synced: they are replayed up to the first one.
    bool forgive_holes = false;
    std::shared_ptr<rocksdb::FileSystem> under;  // null: that of the system
  };
  static std::shared_ptr<LogFiles> create(std::string directory, Options options);
  virtual ~LogFiles() = default;

  virtual std::shared_ptr<rocksdb::FileSystem> file_system() = 0;
  // From here on, logs are read (for a checkpoint) without being checked.
  virtual void opened() = 0;
  // Makes room for one batch, in the newest log and in the one that RocksDB may begin for it. kNoSpace, kOverloaded (no
  // more files can be opened) or kIo, and nothing has happened.
  virtual Result<void> reserve(uint64_t batch_bytes) = 0;
};

}  // namespace garage::kv
