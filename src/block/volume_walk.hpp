// Finds the records of a volume file without an index: looks at each 4 KiB boundary where there is data.
//
// A head that verifies is a claim: bytes of a user's block can imitate one where the block's own head is damaged or
// freed. So the caller checks what next() finds, against the index or the hash, and jumps over a record's bytes only
// when it has proved true (skip_record()).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "block/record.hpp"
#include "env/disk.hpp"

namespace garage::block {

class VolumeWalk {
 public:
  // Blocking, as next(). The file is borrowed.
  static Result<VolumeWalk> start(env::File& file, uint32_t volume);

  // The next record that says it lies where it lies. Nothing at the end. kIo only where the file can't be read at all.
  Result<std::optional<RecordHeader>> next();
  // The last one was true: go on behind it.
  void skip_record();

  // Where the last record that was skipped ends, and the end of the file.
  uint64_t end_of_records() const { return end_of_records_; }
  uint64_t size() const { return size_; }
  // Some place could not be read so far: a record may lie there.
  bool passed_unreadable() const { return passed_unreadable_; }

 private:
  VolumeWalk(env::File& file, uint32_t volume, uint64_t size, std::vector<env::Extent> data)
      : file_(&file), volume_(volume), size_(size), data_(std::move(data)) {}
  // Moves at_ to the next boundary with data; false at the end.
  bool find_data();
  Result<std::string_view> bytes_at(uint64_t offset, size_t length);

  env::File* file_;
  uint32_t volume_;
  uint64_t size_;
  std::vector<env::Extent> data_;
  size_t extent_ = 0;
  uint64_t at_ = 0;
  uint64_t found_at_ = 0;
  uint64_t found_bytes_ = 0;
  uint64_t end_of_records_ = 0;
  std::string window_;
  uint64_t window_at_ = 0;
  uint64_t doubtful_until_ = 0;  // up to here only what is asked for is read: a larger piece could not be
  bool passed_unreadable_ = false;
};

}  // namespace garage::block
