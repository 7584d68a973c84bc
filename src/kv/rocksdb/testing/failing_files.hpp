// RocksDB's file system with a say in what is appended to tables. Test code.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace garage::kv {

class FailingFiles : public rocksdb::FileSystemWrapper {
 public:
  enum class Of { kNobody, kFlushes, kCompactions };

  FailingFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "garage.FailingFiles"; }

  // Whose appends to tables fail from now on, and how.
  void fail(Of whose, rocksdb::IOStatus how = rocksdb::IOStatus::OK()) {
    how_ = std::move(how);
    whose_ = whose;
  }
  int failures() const { return failures_; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (made.ok() && path.ends_with(".sst")) *file = std::make_unique<Table>(std::move(*file), *this);
    return made;
  }

 private:
  class Table : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Table(std::unique_ptr<rocksdb::FSWritableFile> file, FailingFiles& owner)
        : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner) {}
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      const Of by = io_priority_ == rocksdb::Env::IO_LOW ? Of::kCompactions : Of::kFlushes;
      if (owner_.whose_ != by) return FSWritableFileOwnerWrapper::Append(data, options, debug);
      ++owner_.failures_;
      return owner_.how_;
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }

   private:
    FailingFiles& owner_;
  };

  rocksdb::IOStatus how_;
  std::atomic<Of> whose_ = Of::kNobody;
  std::atomic<int> failures_ = 0;
};

}  // namespace garage::kv
