#include "env/posix/posix_disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "env/posix/os_error.hpp"
#include "env/posix/posix_file.hpp"
#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {
namespace {

int open_flags(OpenMode how) {
  switch (how) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

UniqueFd open_fd(const std::string& path, int flags, uint32_t mode = 0) {
  return UniqueFd(retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
}

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;  // closing it releases the lock
};

// True if it was made.
Result<bool> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return true;
  const int error = errno;
  struct stat status{};
  if (error == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return false;
  // A read-only or forbidden parent does not matter if the directory is there.
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return false;
  return disk_error(error, path, "making the directory");
}

bool is_our_group(gid_t group) {
  if (group == ::getegid()) return true;
  std::vector<gid_t> groups(static_cast<size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<size_t>(std::max(count, 0)));
  return std::ranges::find(groups, group) != groups.end();
}

}  // namespace

Result<std::unique_ptr<File>> PosixDisk::open(std::string path, OpenMode how, uint32_t mode) {
  UniqueFd fd = open_fd(path, open_flags(how), mode);
  if (!fd.valid()) return disk_error(errno, path, "opening");
  // The umask is not asked where a permission is meant.
  if (how == OpenMode::kCreateNew && mode != kUsualMode && ::fchmod(fd.get(), mode) != 0)
    return disk_error(errno, path, "setting its permission");
  return std::make_unique<PosixFile>(std::move(fd), std::move(path));
}

Result<void> PosixDisk::rename(std::string from, std::string to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return disk_error(errno, from, "renaming to " + to);
  return {};
}

Result<void> PosixDisk::remove(std::string path) {
  if (std::remove(path.c_str()) != 0) return disk_error(errno, path, "removing");
  return {};
}

Result<void> PosixDisk::make_directories(std::string path) {
  size_t parent_end = path.starts_with('/') ? 1 : 0;  // "/" or "."
  while (path.ends_with('/') && path.size() > 1) path.pop_back();
  for (size_t end = 0; end < path.size(); parent_end = end) {
    end = std::min(path.find('/', end + 1), path.size());
    TRY(const bool made, make_directory(path.substr(0, end)));
    // Also where it is there already: a process that made it may have died before this. Where that cannot be done (a
    // parent that is not ours to look into) somebody else has made it.
    auto synced = sync_directory(parent_end == 0 ? "." : path.substr(0, parent_end));
    if (made && !synced) return synced;
  }
  return {};
}

Result<std::vector<std::string>> PosixDisk::list(std::string directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), &::closedir);
  if (!dir) return disk_error(errno, directory, "listing");
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(dir.get());
    if (!entry) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return disk_error(errno, directory, "listing");
  std::sort(names.begin(), names.end());
  return names;
}

Result<FileStatus> PosixDisk::status(std::string path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return disk_error(errno, path, "asking for its status");
  return FileStatus{.is_directory = S_ISDIR(status.st_mode),
                    .size = static_cast<uint64_t>(status.st_size),
                    .mode = static_cast<uint32_t>(status.st_mode & 07777),
                    .root_lets_us = status.st_uid == 0 && is_our_group(status.st_gid)};
}

Result<void> PosixDisk::sync_directory(std::string path) {
  const UniqueFd fd = open_fd(path, O_RDONLY | O_DIRECTORY);
  if (!fd.valid()) return disk_error(errno, path, "opening the directory");
  if (retry_interrupted([&] { return ::fsync(fd.get()); }) != 0)
    return disk_error(errno, path, "syncing the directory");
  return {};
}

Result<Space> PosixDisk::space(std::string path) {
  struct statvfs status{};
  if (retry_interrupted([&] { return ::statvfs(path.c_str(), &status); }) != 0) {
    return disk_error(errno, path, "asking for free space");
  }
  struct stat place{};
  if (::stat(path.c_str(), &place) != 0) return disk_error(errno, path, "asking for its device");
  const uint64_t unit = status.f_frsize;
  return Space{
      .total_bytes = status.f_blocks * unit, .available_bytes = status.f_bavail * unit, .device = place.st_dev};
}

Result<std::unique_ptr<FileLock>> PosixDisk::try_lock(std::string path) {
  UniqueFd fd = open_fd(path, O_RDWR | O_CREAT, 0600);
  if (!fd.valid()) return disk_error(errno, path, "opening the lock");
  if (retry_interrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno == EWOULDBLOCK) return fail(ErrorKind::kExists, path + ": another process holds this lock");
    return disk_error(errno, path, "locking");
  }
  return std::make_unique<PosixFileLock>(std::move(fd));
}

}  // namespace garage::env::posix
