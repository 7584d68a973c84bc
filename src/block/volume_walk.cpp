#include "block/volume_walk.hpp"

#include <algorithm>

namespace garage::block {
namespace {

constexpr size_t kWindowBytes = 256u << 10;
static_assert(head_bytes(kBlockBytesMax) <= kWindowBytes);

}  // namespace

Result<VolumeWalk> VolumeWalk::start(env::File& file, uint32_t volume) {
  TRY(const uint64_t size, file.size());
  auto data = file.data_extents();
  // Without a map of holes everything is looked at.
  if (!data) return VolumeWalk(file, volume, size, {{.offset = 0, .length = size}});
  return VolumeWalk(file, volume, size, std::move(*data));
}

bool VolumeWalk::find_data() {
  for (; extent_ < data_.size(); ++extent_) {
    const env::Extent& extent = data_[extent_];
    const uint64_t first = extent.offset / kRecordAlignment * kRecordAlignment;
    at_ = std::max(at_, first);
    if (at_ < std::min(extent.offset + extent.length, size_)) return true;
  }
  return false;
}

Result<std::string_view> VolumeWalk::bytes_at(uint64_t offset, size_t length) {
  if (offset < window_at_ || offset + length > window_at_ + window_.size()) {
    window_at_ = offset;
    window_.resize(offset < doubtful_until_ ? length : kWindowBytes);
    auto got = file_->read_at(offset, window_);
    if (!got && window_.size() > length) {
      // One bad sector must not hide its neighbours.
      doubtful_until_ = offset + kWindowBytes;
      window_.resize(length);
      got = file_->read_at(offset, window_);
    }
    if (!got) {
      passed_unreadable_ = true;
      window_.clear();
      return std::unexpected(got.error());
    }
    window_.resize(*got);
  }
  return std::string_view(window_).substr(static_cast<size_t>(offset - window_at_), length);
}

Result<std::optional<RecordHeader>> VolumeWalk::next() {
  for (; find_data(); at_ += kRecordAlignment) {
    auto start = bytes_at(at_, kFixedHeaderBytes);
    if (!start) continue;  // an unreadable place: the records behind it may be fine
    const auto claimed = claimed_head_bytes(*start);
    if (!claimed) continue;
    auto bytes = bytes_at(at_, *claimed);
    if (!bytes) continue;
    const auto head = decode_head(*bytes);
    if (!head || head->header.volume != volume_ || head->header.offset != at_) continue;
    const RecordHeader header = head->header;
    if (at_ + record_bytes(header.stored_bytes) > size_) continue;
    found_at_ = at_;
    found_bytes_ = extent_bytes(header.stored_bytes);
    at_ += kRecordAlignment;
    return header;
  }
  return std::nullopt;
}

void VolumeWalk::skip_record() {
  at_ = found_at_ + found_bytes_;
  end_of_records_ = at_;
}

}  // namespace garage::block
