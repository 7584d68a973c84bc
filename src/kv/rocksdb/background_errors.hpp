// What RocksDB meets in its own threads, and what becomes of it.
//
// A flush or the manifest failed: nothing can be written until RocksStore resumes. A compaction failed: it has
// installed nothing, so reads and writes go on, and its family rests from compaction, since each attempt would meet the
// same. For a minute where there was no room; for an hour where a table could not be read or written, and then the node
// should be replaced.
//
// Threads: any; RocksDB calls without its lock. Pausing is done by a thread of its own, which lives for as long as that
// takes: it waits for writers, and they may wait for the very compaction that has just failed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

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
  // From time to time: families whose rest is over are compacted again. Cheap where none rests.
  virtual void end_rests() = 0;
  virtual std::optional<std::string> damage() const = 0;
};

}  // namespace garage::kv
