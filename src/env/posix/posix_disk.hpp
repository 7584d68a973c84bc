// The file system of the machine.
//
// Error kinds: kNoSpace (also over quota), kNotFound, kExists, kDenied, kOverloaded (no more files can be opened now),
// else kIo; messages hold the path and the kernel's words.
#pragma once

#include "env/disk.hpp"

namespace garage::env::posix {

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(std::string path, OpenMode how, uint32_t mode = kUsualMode) override;
  Result<void> rename(std::string from, std::string to) override;
  Result<void> remove(std::string path) override;
  Result<void> make_directories(std::string path) override;
  Result<std::vector<std::string>> list(std::string directory) override;
  Result<FileStatus> status(std::string path) override;
  Result<void> sync_directory(std::string path) override;
  Result<Space> space(std::string path) override;
  // An advisory lock of the kernel's (flock): gone with the process that held it.
  Result<std::unique_ptr<FileLock>> try_lock(std::string path) override;
};

}  // namespace garage::env::posix
