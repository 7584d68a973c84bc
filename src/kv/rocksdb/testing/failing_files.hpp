// RocksDB's file system with a say in what is appended to tables, or to logs. Test code.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace garage::kv {

class FailingFiles : public rocksdb::FileSystemWrapper {
 public:
  enum class Of { kNobody, kFlushes, kCompactions, kLogs, kSyncsOfLogs, kNewTables };

  FailingFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "garage.FailingFiles"; }

  // Whose appends (or syncs, or beginnings) fail from now on, and how.
  void fail(Of whose, rocksdb::IOStatus how = rocksdb::IOStatus::OK()) {
    how_ = std::move(how);
    whose_ = whose;
  }
  int failures() const { return failures_; }
  // Runs before each append to a log. To be set while nothing is written.
  void before_log(std::function<void()> what) { before_log_ = std::move(what); }
  // How often somebody has listed a directory.
  int listings() const { return listings_; }

  rocksdb::IOStatus GetChildren(const std::string& directory, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names, rocksdb::IODebugContext* debug) override {
    ++listings_;
    return FileSystemWrapper::GetChildren(directory, options, names, debug);
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (path.ends_with(".sst") && fails(Of::kNewTables)) return how_;
    rocksdb::IOStatus made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (made.ok() && path.ends_with(".sst")) *file = std::make_unique<Table>(std::move(*file), *this);
    if (made.ok() && path.ends_with(".log")) *file = std::make_unique<Log>(std::move(*file), *this);
    return made;
  }
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& former,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus made = FileSystemWrapper::ReuseWritableFile(path, former, options, file, debug);
    if (made.ok() && path.ends_with(".log")) *file = std::make_unique<Log>(std::move(*file), *this);
    return made;
  }

 private:
  class Watched : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Watched(std::unique_ptr<rocksdb::FSWritableFile> file, FailingFiles& owner)
        : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner) {}
    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }

   protected:
    FailingFiles& owner_;
  };

  class Table : public Watched {
   public:
    using Watched::Append;
    using Watched::Watched;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      const Of by = io_priority_ == rocksdb::Env::IO_LOW ? Of::kCompactions : Of::kFlushes;
      return owner_.fails(by) ? owner_.how_ : FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
  };

  class Log : public Watched {
   public:
    using Watched::Append;
    using Watched::Watched;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (owner_.before_log_) owner_.before_log_();
      return owner_.fails(Of::kLogs) ? owner_.how_ : FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return owner_.fails(Of::kSyncsOfLogs) ? owner_.how_ : FSWritableFileOwnerWrapper::Sync(options, debug);
    }
  };

  bool fails(Of whose) {
    if (whose_ != whose) return false;
    ++failures_;
    return true;
  }

  rocksdb::IOStatus how_;
  std::atomic<Of> whose_ = Of::kNobody;
  std::atomic<int> failures_ = 0;
  std::atomic<int> listings_ = 0;
  std::function<void()> before_log_;
};

}  // namespace garage::kv
