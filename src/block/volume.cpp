#include "block/volume.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "block/record.hpp"

namespace garage::block {

Volume::Volume(FoundVolume found)
    : found_(std::move(found)), read_only_(found_.read_only), frozen_(found_.frozen), end_(align_up(found_.size)) {}

std::shared_ptr<env::File> Volume::file_if_open() {
  recently_used_.store(true, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  return file_;
}

void Volume::set_file(std::shared_ptr<env::File> file) {
  std::lock_guard lock(mutex_);
  file_ = std::move(file);
}

bool Volume::close_if_idle() {
  if (recently_used_.exchange(false, std::memory_order_relaxed)) return false;
  std::lock_guard lock(mutex_);
  // An unsynced file stays open: the error of its sync belongs to this descriptor.
  if (!file_ || active_ || in_flight_ > 0 || syncs_->dirty()) return false;
  file_.reset();
  return true;
}

std::optional<uint64_t> Volume::reserve(uint64_t extent, uint64_t volume_bytes_max) {
  std::lock_guard lock(mutex_);
  if (!active_ || syncs_->failure()) return std::nullopt;
  if (end_ > 0 && end_ + extent > volume_bytes_max) return std::nullopt;
  const uint64_t offset = end_;
  end_ += extent;
  live_ += extent;
  ++in_flight_;
  return offset;
}

uint64_t Volume::write_done() {
  std::lock_guard lock(mutex_);
  ASSERT(in_flight_ > 0, "a write ends once");
  --in_flight_;
  return syncs_->note_write();
}

void Volume::give_back(uint64_t offset, uint64_t extent) {
  std::lock_guard lock(mutex_);
  ASSERT(in_flight_ > 0 && live_ >= extent, "a write ends once");
  --in_flight_;
  live_ -= extent;
  // So that retries on a full disk don't use up the volume.
  if (end_ == offset + extent) end_ = offset;
}

void Volume::activate() {
  std::lock_guard lock(mutex_);
  ASSERT(!frozen_ && !read_only_, "only a volume that may be written to becomes active");
  active_ = true;
}

void Volume::seal() {
  std::lock_guard lock(mutex_);
  active_ = false;
}

bool Volume::sealed() const {
  std::lock_guard lock(mutex_);
  return !active_;
}

void Volume::found_record(uint64_t offset, uint64_t extent) {
  std::lock_guard lock(mutex_);
  live_ += extent;
  end_ = std::max(end_, offset + extent);
}

void Volume::add_live(uint64_t extent) {
  std::lock_guard lock(mutex_);
  live_ += extent;
}

void Volume::free(uint64_t extent) {
  std::lock_guard lock(mutex_);
  ASSERT(live_ >= extent, "a record is freed once");
  live_ -= extent;
}

bool Volume::removable() const {
  std::lock_guard lock(mutex_);
  return !active_ && !frozen_ && !read_only_ && live_ == 0 && in_flight_ == 0;
}

bool Volume::may_punch() const {
  if (read_only_ || syncs_->failure()) return false;
  std::lock_guard lock(mutex_);
  return !frozen_;
}

bool Volume::frozen() const {
  std::lock_guard lock(mutex_);
  return frozen_;
}

void Volume::freeze() {
  std::lock_guard lock(mutex_);
  ASSERT(!active_, "what is written to is known to the index");
  frozen_ = true;
}

void Volume::thaw() {
  std::lock_guard lock(mutex_);
  frozen_ = false;
}

uint64_t Volume::end() const {
  std::lock_guard lock(mutex_);
  return end_;
}

uint64_t Volume::live_bytes() const {
  std::lock_guard lock(mutex_);
  return live_;
}

bool Volume::may_hold(uint64_t offset, uint64_t record_bytes) const {
  return offset >= align_up(found_.size) || offset + record_bytes <= found_.size;
}

}  // namespace garage::block
