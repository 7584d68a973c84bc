// An open file: one system call each, repeated where the kernel did a part or a signal came.
#pragma once

#include <string>

#include "env/disk.hpp"
#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {

class PosixFile final : public File {
 public:
  // The path is for messages.
  PosixFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t> read_at(uint64_t offset, std::span<char> out) override;
  Result<std::optional<size_t>> read_at_cached(uint64_t offset, std::span<char> out) override;
  Result<void> write_at(uint64_t offset, std::span<const std::string_view> pieces) override;
  Result<void> sync_data() override;
  Result<uint64_t> size() override;
  Result<void> truncate(uint64_t size) override;
  Result<void> punch_hole(uint64_t offset, uint64_t length) override;
  Result<std::vector<Extent>> data_extents() override;

 private:
  UniqueFd fd_;
  std::string path_;
};

}  // namespace garage::env::posix
