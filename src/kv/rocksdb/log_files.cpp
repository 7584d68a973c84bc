#include "kv/rocksdb/log_files.hpp"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "crypto/crc.hpp"
#include "kv/rocksdb/guarded_files.hpp"
#include "kv/rocksdb/kept_descriptor.hpp"
#include "kv/rocksdb/log_check.hpp"
#include "kv/rocksdb/log_space.hpp"
#include "kv/rocksdb/rocks_status.hpp"
#include "kv/rocksdb/wide_files.hpp"

namespace garage::kv {
namespace {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// Logs are called 000123.log.
std::optional<uint64_t> log_number(const fs::path& path) {
  if (path.extension() != ".log") return std::nullopt;
  const std::string stem = path.stem();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  if (error != std::errc() || end != stem.data() + stem.size()) return std::nullopt;
  return number;
}

IOStatus to_status(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kNoSpace:
      return IOStatus::NoSpace(error.message);
    case ErrorKind::kCorrupt:
      return IOStatus::Corruption(error.message);
    default:
      return IOStatus::IOError(error.message);
  }
}

// One log being written.
class LogFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<LogSpace> space)
      : FSWritableFileOwnerWrapper(std::move(file)), space_(std::move(space)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return count(FSWritableFileOwnerWrapper::Append(data, options, debug), data.size());
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& check,
                  IODebugContext* debug) override {
    return count(FSWritableFileOwnerWrapper::Append(data, options, check, debug), data.size());
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    if (space_->close()) target()->Truncate(space_->size(), options, debug).PermitUncheckedError();
    return FSWritableFileOwnerWrapper::Close(options, debug);
  }
  // RocksDB would allocate a whole memtable's worth at once, and cut it off again.
  void SetPreallocationBlockSize(size_t) override {}
  void PrepareWrite(size_t, size_t, const IOOptions&, IODebugContext*) override {}

 private:
  IOStatus count(IOStatus appended, size_t bytes) {
    if (appended.ok()) space_->grew(bytes);
    return appended;
  }
  const std::shared_ptr<LogSpace> space_;
};

class RealLogFiles : public LogFiles, public std::enable_shared_from_this<RealLogFiles> {
 public:
  RealLogFiles(std::string directory, Options options)
      : directory_(std::move(directory)), options_(std::move(options)) {}

  std::shared_ptr<rocksdb::FileSystem> file_system() override;
  void opened() override {
    std::lock_guard lock(mutex_);
    checked_ = true;
  }
  Result<void> reserve(uint64_t batch_bytes) override;

  // What the last run left; a start on a full disk can use the room.
  void drop_old_spare() {
    std::error_code ignored;
    fs::remove(spare_path(), ignored);
  }

  // Opens a new log: the spare one where there is one.
  IOStatus begin_log(rocksdb::FileSystem& files, const std::string& path, const FileOptions& options,
                     std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug);
  // Before the log `number` is read.
  IOStatus check_from(uint64_t number);

 private:
  std::string spare_path() const { return directory_ + "/next_log.space"; }
  bool zeros() const { return options_.durability == Durability::kSynced; }

  const std::string directory_;
  const Options options_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<LogSpace> newest_;
  std::shared_ptr<LogSpace> spare_;
  KeptDescriptor for_next_log_;
  bool checked_ = false;
};

class LogFileSystem : public rocksdb::FileSystemWrapper {
 public:
  LogFileSystem(const std::shared_ptr<rocksdb::FileSystem>& under, std::shared_ptr<RealLogFiles> logs)
      : FileSystemWrapper(under), logs_(std::move(logs)) {}

  const char* Name() const override { return "garage.LogFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    if (log_number(path)) return logs_->begin_log(*target(), path, options, file, debug);
    return FileSystemWrapper::NewWritableFile(path, options, file, debug);
  }
  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file, IODebugContext* debug) override {
    if (const auto number = log_number(path)) {
      if (IOStatus checked = logs_->check_from(*number); !checked.ok()) return checked;
    }
    return FileSystemWrapper::NewSequentialFile(path, options, file, debug);
  }

 private:
  const std::shared_ptr<RealLogFiles> logs_;
};

std::shared_ptr<rocksdb::FileSystem> RealLogFiles::file_system() {
  auto under = options_.under ? options_.under : wide_where_needed(rocksdb::FileSystem::Default());
  return std::make_shared<LogFileSystem>(make_guarded_file_system(std::move(under)), shared_from_this());
}

Result<void> RealLogFiles::reserve(uint64_t batch_bytes) {
  std::shared_ptr<LogSpace> newest;
  std::shared_ptr<LogSpace> spare;
  {
    std::lock_guard lock(mutex_);
    if (auto kept = for_next_log_.keep(); !kept) return std::unexpected(kept.error().within(directory_));
    if (!spare_) {
      spare_ = std::make_shared<LogSpace>(LogSpace::Kind::kSpare, spare_path(), zeros());
    }
    spare = spare_;
    newest = newest_;
  }
  CHECK_OK(spare->reserve(batch_bytes));
  return newest ? newest->reserve(batch_bytes) : Result<void>();
}

IOStatus RealLogFiles::begin_log(rocksdb::FileSystem& files, const std::string& path, const FileOptions& options,
                                 std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  std::lock_guard lock(mutex_);
  const bool have_spare = spare_ && spare_->reserved();
  IOStatus made;
  for_next_log_.spend_on([&] {
    made = have_spare ? files.ReuseWritableFile(path, spare_path(), options, file, debug)
                      : files.NewWritableFile(path, options, file, debug);
    return made.ok() || !lacks_files(made.ToString());
  });
  if (!made.ok()) return made;
  newest_ =
      have_spare ? std::exchange(spare_, nullptr) : std::make_shared<LogSpace>(LogSpace::Kind::kLog, path, zeros());
  *file = std::make_unique<LogFile>(std::move(*file), newest_);
  return made;
}

// RocksDB opens, in ascending order, exactly the logs it will replay: the first one tells where to begin.
IOStatus RealLogFiles::check_from(uint64_t number) {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(checked_, true)) return IOStatus::OK();
  }
  std::vector<std::pair<uint64_t, std::string>> logs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    const auto found = log_number(entry.path());
    if (found && *found >= number) logs.emplace_back(*found, entry.path());
  }
  if (error) return IOStatus::IOError(directory_, error.message());
  std::sort(logs.begin(), logs.end());
  std::vector<std::string> paths;
  for (const auto& log : logs) paths.push_back(log.second);

  const auto torn = check_logs(paths);
  if (!torn && torn.error().kind == ErrorKind::kCorrupt && options_.forgive_holes) {
    LOG_WARN("kv",
             "{}: the log has a hole, as a power cut may leave it when commits are not synced; what lies behind it is "
             "lost: {}",
             directory_, torn.error().message);
    return IOStatus::OK();
  }
  if (!torn) return to_status(torn.error());
  if (*torn) LOG_INFO("kv", "{}: the log ends in a torn write, which nobody was told about: {}", directory_, **torn);
  return IOStatus::OK();
}

}  // namespace

std::shared_ptr<LogFiles> LogFiles::create(std::string directory, Options options) {
  auto logs = std::make_shared<RealLogFiles>(std::move(directory), std::move(options));
  logs->drop_old_spare();
  return logs;
}

}  // namespace garage::kv

// The checksum of log records. Debian's RocksDB computes it without the processor's instruction, which was a quarter of
// the cost of writing a body of 16 KiB. The linker sends RocksDB's calls here (--wrap in CMakeLists.txt);
// log_check_test.cpp would notice a difference.
#if __SIZEOF_SIZE_T__ == 8
#define GARAGE_ROCKSDB_CRC "__wrap__ZN7rocksdb6crc32c6ExtendEjPKcm"
#else
#define GARAGE_ROCKSDB_CRC "__wrap__ZN7rocksdb6crc32c6ExtendEjPKcj"
#endif
extern "C" uint32_t garage_rocksdb_crc32c(uint32_t crc, const char* data, size_t size) asm(GARAGE_ROCKSDB_CRC);
uint32_t garage_rocksdb_crc32c(uint32_t crc, const char* data, size_t size) {
  return garage::crypto::crc32c_extend(crc, std::string_view(data, size));
}
