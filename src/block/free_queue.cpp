#include "block/free_queue.hpp"

#include <utility>

#include "base/log.hpp"
#include "block/record.hpp"

namespace garage::block {

void FreeQueue::add(const std::vector<BlockPlace>& places) {
  std::lock_guard lock(mutex_);
  for (const BlockPlace& place : places) {
    if (auto volume = volumes_.find(place.directory, place.volume)) {
      ranges_.push_back({std::move(volume), place.offset, extent_bytes(place.stored_bytes), true});
    }
  }
}

void FreeQueue::add_garbage(const std::shared_ptr<Volume>& volume, uint64_t offset, uint64_t length) {
  std::lock_guard lock(mutex_);
  ranges_.push_back({volume, offset, length, false});
}

void FreeQueue::add_volume(const std::shared_ptr<Volume>& volume) {
  add_garbage(volume, 0, 0);
}

bool FreeQueue::empty() const {
  std::lock_guard lock(mutex_);
  return ranges_.empty();
}

Result<void> FreeQueue::flush() {
  std::vector<Range> ranges;
  {
    std::lock_guard lock(mutex_);
    ranges.swap(ranges_);
  }
  if (ranges.empty()) return {};
  if (auto synced = store_.sync(); !synced) {
    std::lock_guard lock(mutex_);
    ranges_.insert(ranges_.begin(), std::make_move_iterator(ranges.begin()), std::make_move_iterator(ranges.end()));
    return synced;
  }
  // All accounts first, so that a volume that becomes empty is removed instead of punched.
  for (const Range& range : ranges) {
    if (range.live) range.volume->free(range.length);
  }
  for (const Range& range : ranges) give_back(range);
  return {};
}

void FreeQueue::give_back(const Range& range) {
  Volume& volume = *range.volume;
  if (volume.removable()) {
    if (auto removed = volumes_.remove(range.volume); !removed)
      LOG_WARN("block", "an empty volume stays: {}", removed.error().message);
    return;
  }
  if (range.length == 0 || !volume.may_punch()) return;
  auto file = volumes_.file(volume);
  auto punched = file ? (*file)->punch_hole(range.offset, range.length) : Result<void>(std::unexpected(file.error()));
  // Where holes can't be punched, compaction gives the room back.
  if (!punched && punched.error().kind != ErrorKind::kUnsupported) {
    LOG_WARN("block", "{}: room at {} could not be given back: {}", volume.path(), range.offset,
             punched.error().message);
  }
}

}  // namespace garage::block
