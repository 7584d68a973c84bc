// Room at the end of one write-ahead log, made before a batch is written into it.
//
// Why: a full disk then refuses the batch before RocksDB has begun it. Nothing is torn, and the same write works once
// there is space again; a log in which RocksDB itself met the full disk must be resumed, which is not always possible.
//
// How: for small synced batches zeros are written, 256 KiB at a time. Then an fdatasync of a batch changes neither the
// file's size nor its extents and waits for no commit of the file system's journal. For larger batches the data
// outweighs the journal, and the room is only allocated.
//
// A spare is a log that does not exist yet: its room is made under a name of its own, and RocksDB begins the next log
// by renaming it. That must never meet a full disk: for RocksDB it would be an end without return.
//
// Threads: any.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.hpp"

namespace garage::kv {

class LogSpace {
 public:
  enum class Kind { kLog, kSpare };
  // A log exists; a spare is made, empty, by its first reserve(). `zeros`: small batches will be synced one by one.
  using Fallocate = int (*)(int descriptor, int mode, off_t from, off_t length);
  LogSpace(Kind kind, std::string path, bool zeros, Fallocate fallocate = &::fallocate)
      : kind_(kind), path_(std::move(path)), zeros_(zeros), fallocate_(fallocate) {}
  ~LogSpace();
  LogSpace(const LogSpace&) = delete;

  // kNoSpace, kOverloaded (no more files can be opened) or kIo, and nothing that matters has changed. Nothing to do for
  // a closed log.
  Result<void> reserve(uint64_t batch_bytes);
  // RocksDB has written so many bytes.
  void grew(uint64_t bytes);
  // No more batches. True if the file is longer than what was written, so that it should be cut to size().
  bool close();
  uint64_t size() const;
  // Has reserve() made any room?
  bool reserved() const;

 private:
  Result<void> write_zeros(uint64_t end);
  Result<void> allocate(uint64_t end);

  const Kind kind_;
  const std::string path_;  // until a spare is renamed; the descriptor stays
  const bool zeros_;
  const Fallocate fallocate_;
  mutable std::mutex mutex_;  // guards what follows
  uint64_t size_ = 0;
  uint64_t reserved_end_ = 0;
  int descriptor_ = -1;
  bool closed_ = false;
};

}  // namespace garage::kv
