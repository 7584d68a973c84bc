// What RocksDB meets in its own threads, and what becomes of it.
//
// A flush, the log or the manifest failed: nothing can be written until RocksStore resumes. It can after a full disk.
// After any other failure of a device RocksDB does not trust what it has in memory; then the database has ended, reads
// go on, and a restart replays the log. A compaction failed: it has installed nothing, so reads and writes go on, and
// its family rests from compaction, since each attempt would meet the same. For a minute where there was no room; for
// an hour where a table could not be read or written. That is told until those tables have been compacted after all.
//
// Threads: any; RocksDB calls without its lock. Pausing is done by a thread of its own, which lives for as long as that
// takes: it waits for writers, and they may wait for the very compaction that has just failed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class EventListener;
}  // namespace rocksdb

namespace garage::kv {

class BackgroundErrors {
 public:
  static std::shared_ptr<BackgroundErrors> create();
  virtual ~BackgroundErrors() = default;

  // For RocksDB: this object itself.
  virtual std::shared_ptr<rocksdb::EventListener> listener() = 0;
  // Once the families are open; forget() before they go.
  virtual void watch(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) = 0;
  virtual void forget() = 0;

  // Nothing can be written.
  virtual bool stopped() const = 0;
  virtual void set_stopped(bool stopped) = 0;
  // Why nothing will be written until the database is opened again, in words for people.
  virtual std::optional<Error> ended() const = 0;
  // From time to time: families whose rest is over are compacted again. Cheap where none rests.
  virtual void end_rests() = 0;
  // The same, or what cannot be compacted.
  virtual std::optional<std::string> damage() const = 0;
};

}  // namespace garage::kv
