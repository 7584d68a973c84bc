// A disk that passes everything on, for tests that change one thing about it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "env/disk.hpp"

namespace garage::block::testing {

class ForwardingFile : public env::File {
 public:
  explicit ForwardingFile(std::unique_ptr<env::File> file) : file_(std::move(file)) {}
  Result<size_t> read_at(uint64_t offset, std::span<char> out) override { return file_->read_at(offset, out); }
  Result<std::optional<size_t>> read_at_cached(uint64_t offset, std::span<char> out) override {
    return file_->read_at_cached(offset, out);
  }
  Result<void> write_at(uint64_t offset, std::span<const std::string_view> pieces) override {
    return file_->write_at(offset, pieces);
  }
  Result<void> sync_data() override { return file_->sync_data(); }
  Result<uint64_t> size() override { return file_->size(); }
  Result<void> truncate(uint64_t size) override { return file_->truncate(size); }
  Result<void> punch_hole(uint64_t offset, uint64_t length) override { return file_->punch_hole(offset, length); }
  Result<std::vector<env::Extent>> data_extents() override { return file_->data_extents(); }

 private:
  std::unique_ptr<env::File> file_;
};

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
