// The file system as a dependency: every primitive that touches a disk, so that the simulated one can lose, tear and
// refuse.
//
// All calls block; callers put them on Pools::disk (tests and start-up code call them directly). Paths are absolute or
// relative to the process, in the real world; the simulator keeps one tree per node. Durability, as on Linux: written
// bytes survive a power cut only after sync_data() of that file; a created, renamed or removed name of a file only
// after sync_directory() of its folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace garage::env {

struct Extent {
  uint64_t offset = 0;
  uint64_t length = 0;
};

// An open file. Threads: any, at the same time.
class File {
 public:
  virtual ~File() = default;  // closes

  // Reads up to out.size() bytes; fewer only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, std::span<char> out) = 0;
  // The same if all of it is in memory already, never waiting for the device; nullopt where that can't be told or isn't
  // so.
  virtual Result<std::optional<size_t>> read_at_cached(uint64_t offset, std::span<char> out) = 0;
  // Writes all pieces one after another, extending the file where needed.
  virtual Result<void> write_at(uint64_t offset, std::span<const std::string_view> pieces) = 0;
  // Returns when all writes that returned before this call are on the device. After an error the file's state is
  // unknown: stop writing to it.
  virtual Result<void> sync_data() = 0;
  virtual Result<uint64_t> size() = 0;
  virtual Result<void> truncate(uint64_t size) = 0;
  // Returns the space of the range to the file system; it reads as zeros. The size stays. kUnsupported where not
  // possible.
  virtual Result<void> punch_hole(uint64_t offset, uint64_t length) = 0;
  // The ranges that hold data, ascending; at least all written bytes (a whole-file extent where holes are not
  // reported).
  virtual Result<std::vector<Extent>> data_extents() = 0;
};

// The permission of a new file as the process has it: umask applies. Any other is set exactly.
inline constexpr uint32_t kUsualMode = 0666;

enum class OpenMode {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // read and write; made if missing
  kCreateNew,  // read and write; kExists if there already
};

struct Space {
  uint64_t total_bytes = 0;
  uint64_t available_bytes = 0;
  uint64_t device = 0;  // the same for all paths of one file system
};

struct FileStatus {
  bool is_directory = false;
  uint64_t size = 0;
  uint32_t mode = 0;          // permission bits
  bool root_lets_us = false;  // owned by root, for a group that this process is in
};

// Held while it lives; another process's try_lock on the same path fails meanwhile.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Threads: any.
class Disk {
 public:
  virtual ~Disk() = default;

  // `mode` is the permission of a newly made file.
  virtual Result<std::unique_ptr<File>> open(std::string path, OpenMode how, uint32_t mode = kUsualMode) = 0;
  virtual Result<void> rename(std::string from, std::string to) = 0;
  virtual Result<void> remove(std::string path) = 0;  // a file or an empty directory; kNotFound if missing
  // Those that are missing, durably: their names survive a power cut when it returns.
  virtual Result<void> make_directories(std::string path) = 0;
  virtual Result<std::vector<std::string>> list(std::string directory) = 0;  // names, sorted
  virtual Result<FileStatus> status(std::string path) = 0;                   // kNotFound if missing
  virtual Result<void> sync_directory(std::string path) = 0;
  virtual Result<Space> space(std::string path) = 0;
  virtual Result<std::unique_ptr<FileLock>> try_lock(std::string path) = 0;  // kExists if held elsewhere
};

}  // namespace garage::env
