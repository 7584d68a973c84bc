// Open files of a SimDisk.
#include <algorithm>
#include <utility>

#include "sim/disk_state.hpp"

namespace garage::sim {
namespace {

class SimFile final : public env::File {
 public:
  SimFile(std::shared_ptr<DiskState> state, InodeId inode, std::string path, bool writable)
      : state_(std::move(state)), inode_(inode), path_(std::move(path)), writable_(writable), life_(state_->life) {
    ++state_->open[inode_];
  }
  ~SimFile() override {
    if (life_ == state_->life) state_->release(inode_);
  }

  Result<size_t> read_at(uint64_t offset, std::span<char> out) override {
    CHECK_OK(admit(DiskAction::kRead));
    for (const BadRange& bad : state_->tree.bad_ranges()) {
      if (bad.inode == inode_ && offset < bad.offset + bad.length && bad.offset < offset + out.size()) {
        return fail(ErrorKind::kIo, path_ + ": unreadable sector (simulated)");
      }
    }
    const size_t got = state_->tree.at(inode_).now.read(offset, out);
    if (got > 0 && state_->random.chance(state_->faults.read_flip_probability)) {
      char& byte = out[state_->random.below(got)];
      byte = static_cast<char>(byte ^ (1 << state_->random.below(8)));
    }
    return got;
  }

  Result<std::optional<size_t>> read_at_cached(uint64_t offset, std::span<char> out) override {
    CHECK_OK(admit(DiskAction::kLook));
    if (!state_->random.chance(state_->faults.cached_read_probability)) return std::nullopt;
    return state_->tree.at(inode_).now.read(offset, out);
  }

  Result<void> write_at(uint64_t offset, std::span<const std::string_view> pieces) override {
    std::string bytes;
    size_t length = 0;
    for (const std::string_view piece : pieces) length += piece.size();
    bytes.reserve(length);
    for (const std::string_view piece : pieces) bytes += piece;
    if (auto admitted = admit_change(DiskAction::kWrite); !admitted) {
      // A write that fails may have begun.
      if (writable_ && admitted.error().kind != ErrorKind::kClosed && !bytes.empty()) {
        write(offset, bytes.substr(0, state_->random.below(bytes.size())));
      }
      return admitted;
    }
    if (state_->random.chance(state_->faults.lost_write_probability)) return {};
    if (state_->random.chance(state_->faults.misdirected_write_probability)) offset = elsewhere(offset);
    const uint64_t fits = state_->writable_bytes(inode_, offset, bytes.size());
    const bool full = fits < bytes.size();
    if (full) bytes.resize(fits);
    write(offset, std::move(bytes));
    if (full) return fail(ErrorKind::kNoSpace, path_ + ": no space left (simulated)");
    return {};
  }

  Result<void> sync_data() override {
    if (auto admitted = admit(DiskAction::kSync); !admitted) {
      if (admitted.error().kind == ErrorKind::kClosed) return admitted;
      // As a kernel does: what it could not write it also forgets to write later, though it still shows it.
      for (const PendingChange& change : state_->tree.take_data(inode_)) {
        if (state_->random.chance(0.5)) state_->tree.apply_durably(change);
      }
      return admitted;
    }
    state_->tree.sync_data(inode_);
    return {};
  }

  Result<uint64_t> size() override {
    CHECK_OK(admit(DiskAction::kLook));
    return state_->tree.at(inode_).now.size();
  }
  Result<void> truncate(uint64_t size) override {
    CHECK_OK(admit_change(DiskAction::kChange));
    state_->tree.truncate(inode_, size);
    return {};
  }
  Result<void> punch_hole(uint64_t offset, uint64_t length) override {
    CHECK_OK(admit_change(DiskAction::kChange));
    state_->tree.punch(inode_, offset, length);
    return {};
  }
  Result<std::vector<env::Extent>> data_extents() override {
    CHECK_OK(admit(DiskAction::kLook));
    return state_->tree.at(inode_).now.extents();
  }

 private:
  Result<void> admit(DiskAction action) {
    if (life_ != state_->life) return fail(ErrorKind::kClosed, path_ + ": opened before the disk was cut off");
    return state_->admit(action, path_);
  }
  Result<void> admit_change(DiskAction action) {
    CHECK_OK(admit(action));
    if (!writable_) return fail(ErrorKind::kInvalid, path_ + ": opened for reading only");
    return {};
  }
  void write(uint64_t offset, std::string bytes) {
    if (bytes.empty()) return;
    const uint64_t end = offset + bytes.size();
    // Written sectors are readable again: a device replaces them.
    std::erase_if(state_->tree.bad_ranges(), [&](const BadRange& bad) {
      return bad.inode == inode_ && offset <= bad.offset && bad.offset + bad.length <= end;
    });
    state_->tree.write(inode_, offset, std::move(bytes));
    state_->tree.write_back(state_->faults.writeback_bytes);
  }
  uint64_t elsewhere(uint64_t offset) {
    const uint64_t sectors = state_->tree.at(inode_).now.size() / kSectorBytes + 1;
    return state_->random.below(sectors) * kSectorBytes + offset % kSectorBytes;
  }

  std::shared_ptr<DiskState> state_;
  InodeId inode_;
  std::string path_;
  bool writable_;
  uint64_t life_;
};

}  // namespace

std::unique_ptr<env::File> make_file(std::shared_ptr<DiskState> state, InodeId inode, std::string path, bool writable) {
  return std::make_unique<SimFile>(std::move(state), inode, std::move(path), writable);
}

}  // namespace garage::sim
