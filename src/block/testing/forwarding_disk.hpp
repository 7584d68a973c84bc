// A disk that passes everything on, for tests that change one thing about it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "env/disk.hpp"

namespace garage::block::testing {

class ForwardingDisk : public env::Disk {
 public:
  explicit ForwardingDisk(env::Disk& disk) : disk_(disk) {}
  Result<std::unique_ptr<env::File>> open(std::string path, env::OpenMode how, uint32_t mode) override {
    return disk_.open(std::move(path), how, mode);
  }
  Result<void> rename(std::string from, std::string to) override { return disk_.rename(from, to); }
  Result<void> remove(std::string path) override { return disk_.remove(path); }
  Result<void> make_directories(std::string path) override { return disk_.make_directories(path); }
  Result<std::vector<std::string>> list(std::string directory) override { return disk_.list(directory); }
  Result<env::FileStatus> status(std::string path) override { return disk_.status(path); }
  Result<void> sync_directory(std::string path) override { return disk_.sync_directory(path); }
  Result<env::Space> space(std::string path) override { return disk_.space(path); }
  Result<std::unique_ptr<env::FileLock>> try_lock(std::string path) override { return disk_.try_lock(path); }

 private:
  env::Disk& disk_;
};

}  // namespace garage::block::testing
