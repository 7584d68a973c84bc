#include "kv/rocksdb/guarded_files.hpp"

#include <rocksdb/file_system.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "kv/rocksdb/disk_room.hpp"
#include "kv/rocksdb/rocks_status.hpp"

namespace garage::kv {
namespace {

namespace fs = std::filesystem;
using rocksdb::DataVerificationInfo;
using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// RocksDB keeps the error's text, not its number.
IOStatus judged(IOStatus status) {
  if (!status.IsIOError() || status.subcode() != IOStatus::SubCode::kNone) return status;
  static const std::string kOverQuota = std::strerror(EDQUOT);
  const std::string text = status.ToString();
  return lacks_files(text) || text.find(kOverQuota) != std::string::npos ? IOStatus::NoSpace(text) : status;
}

class GuardedFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  GuardedFile(std::unique_ptr<FSWritableFile> file, std::string path)
      : FSWritableFileOwnerWrapper(std::move(file)),
        directory_(fs::path(path).parent_path()),
        is_table_(fs::path(path).extension() == ".sst") {}

  void SetIOPriority(rocksdb::Env::IOPriority priority) override {
    FSWritableFileOwnerWrapper::SetIOPriority(priority);
    target()->SetIOPriority(priority);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus room = check_room(); !room.ok()) return room;
    return judged(FSWritableFileOwnerWrapper::Append(data, options, debug));
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const DataVerificationInfo& check,
                  IODebugContext* debug) override {
    if (IOStatus room = check_room(); !room.ok()) return room;
    return judged(FSWritableFileOwnerWrapper::Append(data, options, check, debug));
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Truncate(size, options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Close(options, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Fsync(options, debug));
  }
  IOStatus RangeSync(uint64_t offset, uint64_t bytes, const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::RangeSync(offset, bytes, options, debug));
  }

 private:
  // Only compactions have low priority, and not if writers wait for them. Flushes give the room of the log back.
  IOStatus check_room() const {
    const bool compacts = is_table_ && io_priority_ == rocksdb::Env::IO_LOW;
    if (!compacts || has_room_for_what_gives_back(directory_)) return IOStatus::OK();
    return IOStatus::NoSpace("the disk is nearly full, and this is a compaction");
  }

  const std::string directory_;
  const bool is_table_;
};

class GuardedFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "garage.GuardedFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options, std::unique_ptr<FSWritableFile>* file,
                           IODebugContext* debug) override {
    return guarded(FileSystemWrapper::NewWritableFile(path, options, file, debug), path, file);
  }
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path, const FileOptions& options,
                             std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    return guarded(FileSystemWrapper::ReuseWritableFile(path, old_path, options, file, debug), path, file);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file, IODebugContext* debug) override {
    return judged(FileSystemWrapper::NewRandomAccessFile(path, options, file, debug));
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* debug) override {
    return judged(FileSystemWrapper::NewDirectory(path, options, directory, debug));
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    return judged(FileSystemWrapper::RenameFile(from, to, options, debug));
  }

 private:
  static IOStatus guarded(IOStatus made, const std::string& path, std::unique_ptr<FSWritableFile>* file) {
    if (made.ok()) *file = std::make_unique<GuardedFile>(std::move(*file), path);
    return judged(std::move(made));
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> make_guarded_file_system(std::shared_ptr<rocksdb::FileSystem> under) {
  return std::make_shared<GuardedFileSystem>(std::move(under));
}

}  // namespace garage::kv
