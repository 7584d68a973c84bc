#include "block/record_read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "block/compression.hpp"
#include "crypto/digest.hpp"

namespace garage::block {
namespace {

// Reading on costs less than a second system call.
constexpr uint64_t kReadThroughBytes = kPieceBytes;

Result<RecordHead> matching_head(std::string_view bytes, const BlockHash& hash, const BlockPlace& place) {
  TRY(const RecordHead head, decode_head(bytes));
  const RecordHeader& header = head.header;
  if (header.hash != hash || header.volume != place.volume || header.offset != place.offset ||
      header.raw_bytes != place.raw_bytes || header.stored_bytes != place.stored_bytes) {
    return fail(ErrorKind::kCorrupt, "volume record: another record lies here");
  }
  return head;
}

}  // namespace

RecordRead::RecordRead(const BlockHash& hash, const BlockPlace& place, uint64_t offset, uint64_t length)
    : hash_(hash), place_(place), offset_(offset), length_(length) {
  if (compressed()) {
    offset_ = 0;
    length_ = place.stored_bytes;
  }
  const uint64_t head = head_bytes(place.stored_bytes);
  const uint64_t until =
      std::min<uint64_t>((offset_ + length_ + kPieceBytes - 1) / kPieceBytes * kPieceBytes, place.stored_bytes);
  first_piece_ = static_cast<uint32_t>(offset_ / kPieceBytes);
  const uint64_t from = uint64_t{first_piece_} * kPieceBytes;
  if (from <= kReadThroughBytes) {
    steps_[0] = {place.offset, 0, static_cast<size_t>(head + until)};
    pieces_at_ = static_cast<size_t>(head + from);
  } else {
    step_count_ = 2;
    pieces_at_ = static_cast<size_t>(head);
    steps_[0] = {place.offset, 0, static_cast<size_t>(head)};
    steps_[1] = {place.offset + head + from, pieces_at_, static_cast<size_t>(until - from)};
  }
  buffer_bytes_ = steps_[step_count_ - 1].at + steps_[step_count_ - 1].length;
  buffer_ = std::make_shared_for_overwrite<char[]>(buffer_bytes_);
}

Result<bool> RecordRead::load_cached(env::File& file) {
  for (size_t i = 0; i < step_count_; ++i) {
    const Step& step = steps_[i];
    TRY(const auto got, file.read_at_cached(step.offset, std::span(buffer_.get() + step.at, step.length)));
    if (!got || *got != step.length) return false;
  }
  loaded_ = buffer_bytes_;
  return true;
}

Result<void> RecordRead::load(env::File& file) {
  loaded_ = 0;
  for (size_t i = 0; i < step_count_; ++i) {
    const Step& step = steps_[i];
    TRY(const size_t got, file.read_at(step.offset, std::span(buffer_.get() + step.at, step.length)));
    loaded_ += got;
    if (got != step.length) break;
  }
  return {};
}

Result<RecordHead> RecordRead::head() const {
  return matching_head({buffer_.get(), std::min<size_t>(loaded_, head_bytes(place_.stored_bytes))}, hash_, place_);
}

Result<Buffer> RecordRead::finish() const {
  TRY(const RecordHead true_head, head());
  if (loaded_ != buffer_bytes_) return fail(ErrorKind::kCorrupt, "volume record: the file ends early");
  const std::string_view pieces(buffer_.get() + pieces_at_, buffer_bytes_ - pieces_at_);
  CHECK_OK(check_pieces(true_head, first_piece_, pieces));
  const uint64_t skip = offset_ - uint64_t{first_piece_} * kPieceBytes;
  return Buffer(buffer_, pieces.substr(static_cast<size_t>(skip), static_cast<size_t>(length_)));
}

Result<Buffer> unpack(const BlockHash& hash, const BlockPlace& place, std::string_view stored) {
  TRY(Buffer raw, decompress(stored, place.raw_bytes));
  if (crypto::view(crypto::sha256(raw.view())) != hash.view())
    return fail(ErrorKind::kCorrupt, "volume record: not the block of this hash");
  return raw;
}

Result<std::shared_ptr<env::File>> open_place(VolumeSet& volumes, const BlockPlace& place) {
  auto volume = volumes.find(place.directory, place.volume);
  if (!volume) {
    return fail(ErrorKind::kCorrupt,
                fmt::format("volume {:08x} of data directory {} is missing", place.volume, place.directory));
  }
  if (!volume->may_hold(place.offset, record_bytes(place.stored_bytes))) {
    return fail(ErrorKind::kCorrupt, fmt::format("{} ends before the record at {}", volume->path(), place.offset));
  }
  auto file = volumes.file(*volume);
  // Not "block not found": the index says it is there.
  if (!file && file.error().kind == ErrorKind::kNotFound) return fail(ErrorKind::kCorrupt, file.error().message);
  return file;
}

Result<void> check_head(env::File& file, const BlockHash& hash, const BlockPlace& place) {
  std::string bytes(head_bytes(place.stored_bytes), '\0');
  TRY(const size_t got, file.read_at(place.offset, bytes));
  auto head = matching_head(std::string_view(bytes).substr(0, got), hash, place);
  return head ? Result<void>() : std::unexpected(head.error());
}

Result<void> check_record(VolumeSet& volumes, const BlockHash& hash, const BlockPlace& place) {
  TRY(const auto file, open_place(volumes, place));
  RecordRead read(hash, place, 0, place.raw_bytes);
  CHECK_OK(read.load(*file));
  auto stored = read.finish();
  return stored ? Result<void>() : std::unexpected(stored.error());
}

}  // namespace garage::block
