// Reads a record, or the pieces of it that a range touches, and verifies what it returns. Internal to block.
//
// Head and pieces come in one read where the range begins near the record's start, so a whole block costs one system
// call; a range further in costs two. The bytes are read once, into the buffer that is handed out.
#pragma once

#include <memory>
#include <optional>

#include "base/buffer.hpp"
#include "base/result.hpp"
#include "block/block_store.hpp"
#include "block/record.hpp"
#include "block/volume_set.hpp"
#include "env/disk.hpp"

namespace garage::block {

class RecordRead {
 public:
  // The stored bytes [offset, offset + length) of a block at this place; all of a compressed one. The range is not
  // empty and within the block.
  RecordRead(const BlockHash& hash, const BlockPlace& place, uint64_t offset, uint64_t length);

  size_t bytes_to_read() const { return buffer_bytes_; }
  bool compressed() const { return place_.stored_bytes != place_.raw_bytes; }

  // Never waits. False where not everything is in memory.
  Result<bool> load_cached(env::File& file);
  // Blocking. Short where the file ends early; finish() will tell.
  Result<void> load(env::File& file);

  // After loading: the verified bytes; for a compressed block its stored bytes. kCorrupt, kUnsupported.
  Result<Buffer> finish() const;
  // The checksums of the pieces, for a copy of the whole record.
  Result<RecordHead> head() const;

 private:
  // One contiguous read; `at` is where it goes in the buffer.
  struct Step {
    uint64_t offset = 0;
    size_t at = 0;
    size_t length = 0;
  };

  const BlockHash hash_;
  const BlockPlace place_;
  uint64_t offset_;
  uint64_t length_;
  uint32_t first_piece_ = 0;
  size_t pieces_at_ = 0;  // where first_piece_ begins in the buffer
  size_t buffer_bytes_ = 0;
  size_t step_count_ = 1;
  Step steps_[2];
  std::shared_ptr<char[]> buffer_;
  size_t loaded_ = 0;
};

// For a compressed block: decompresses the stored bytes and checks that they are this block.
Result<Buffer> unpack(const BlockHash& hash, const BlockPlace& place, std::string_view stored);

// Blocking: is the whole record of this block at this place, every piece true?
Result<void> check_record(VolumeSet& volumes, const BlockHash& hash, const BlockPlace& place);

// Blocking: does a record of this block begin at this place? kCorrupt: surely not.
Result<void> check_head(env::File& file, const BlockHash& hash, const BlockPlace& place);

// The open file of a place, if bytes can be there at all. kCorrupt where the volume is gone.
Result<std::shared_ptr<env::File>> open_place(VolumeSet& volumes, const BlockPlace& place);

}  // namespace garage::block
