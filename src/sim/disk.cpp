#include "sim/disk.hpp"

#include <utility>

#include "base/assert.hpp"
#include "sim/disk_state.hpp"

namespace garage::sim {
namespace {

class SimLock final : public env::FileLock {
 public:
  SimLock(std::shared_ptr<DiskState> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)), life_(state_->life) {}
  ~SimLock() override {
    if (life_ == state_->life) state_->locks.erase(path_);
  }

 private:
  std::shared_ptr<DiskState> state_;
  std::string path_;
  uint64_t life_;
};

}  // namespace

SimDisk::SimDisk(uint64_t seed, DiskFaults faults) : state_(std::make_shared<DiskState>(SimRandom(seed), faults)) {}

SimDisk::SimDisk(const SimDisk& other)
    : state_(std::make_shared<DiskState>(other.state_->random, other.state_->faults)) {
  state_->tree = other.state_->tree;
}

SimDisk& SimDisk::operator=(const SimDisk& other) {
  if (this == &other) return *this;
  state_->forget_handles();
  state_->tree = other.state_->tree;
  state_->used_pages();
  return *this;
}

SimDisk::~SimDisk() = default;

Result<std::unique_ptr<env::File>> SimDisk::open(std::string path, env::OpenMode how, uint32_t mode) {
  const bool may_create = how == env::OpenMode::kCreate || how == env::OpenMode::kCreateNew;
  auto looked_up = state_->tree.find(path);
  const bool creates = may_create && looked_up && !looked_up->inode;
  CHECK_OK(state_->admit(creates ? DiskAction::kChange : DiskAction::kLook, path));
  TRY(const DiskTree::Found found, std::move(looked_up));
  if (!found.inode && !may_create) return fail(ErrorKind::kNotFound, path + ": does not exist");
  if (found.inode && how == env::OpenMode::kCreateNew) return fail(ErrorKind::kExists, path + ": exists already");
  if (found.inode && state_->tree.at(*found.inode).is_directory) return fail(ErrorKind::kIo, path + ": is a directory");
  const InodeId inode = found.inode ? *found.inode : state_->tree.create(found.place, false, mode);
  return make_file(state_, inode, std::move(path), how != env::OpenMode::kRead);
}

Result<void> SimDisk::rename(std::string from, std::string to) {
  CHECK_OK(state_->admit(DiskAction::kChange, from));
  TRY(const DiskTree::Found source, state_->tree.find(from));
  TRY(const DiskTree::Found target, state_->tree.find(to));
  if (!source.inode) return fail(ErrorKind::kNotFound, from + ": does not exist");
  if (source.place.directory == 0 || target.place.directory == 0)
    return fail(ErrorKind::kInvalid, from + ": is the root");
  if (source.inode == target.inode) return {};
  if (target.inode) {
    const bool directories = state_->tree.at(*source.inode).is_directory || state_->tree.at(*target.inode).is_directory;
    if (directories) return fail(ErrorKind::kExists, to + ": exists already");
  }
  state_->tree.rename(source.place, target.place, *source.inode);
  return {};
}

Result<void> SimDisk::remove(std::string path) {
  CHECK_OK(state_->admit(DiskAction::kChange, path));
  TRY(const DiskTree::Found found, state_->tree.find(path));
  if (!found.inode) return fail(ErrorKind::kNotFound, path + ": does not exist");
  if (found.place.directory == 0) return fail(ErrorKind::kInvalid, path + ": is the root");
  if (!state_->tree.at(*found.inode).names_now.empty()) return fail(ErrorKind::kIo, path + ": directory not empty");
  state_->tree.unlink(found.place, *found.inode);
  return {};
}

Result<void> SimDisk::make_directories(std::string path) {
  CHECK_OK(state_->admit(DiskAction::kChange, path));
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    TRY(const DiskTree::Found found, state_->tree.find(std::string_view(path).substr(0, end)));
    if (!found.inode) {
      state_->tree.create(found.place, true, 0755);
      state_->tree.sync_directory(found.place.directory);
    } else if (!state_->tree.at(*found.inode).is_directory) {
      return fail(ErrorKind::kExists, path + ": a part of the path is a file");
    }
    if (end == std::string::npos) return {};
  }
}

Result<std::vector<std::string>> SimDisk::list(std::string directory) {
  CHECK_OK(state_->admit(DiskAction::kLook, directory));
  TRY(const InodeId inode, state_->tree.existing(directory));
  if (!state_->tree.at(inode).is_directory) return fail(ErrorKind::kIo, directory + ": is not a directory");
  std::vector<std::string> names;
  for (const auto& [name, id] : state_->tree.at(inode).names_now) names.push_back(name);
  return names;
}

Result<env::FileStatus> SimDisk::status(std::string path) {
  CHECK_OK(state_->admit(DiskAction::kLook, path));
  TRY(const InodeId id, state_->tree.existing(path));
  const Inode& inode = state_->tree.at(id);
  return env::FileStatus{inode.is_directory, inode.now.size(), inode.mode};
}

Result<void> SimDisk::sync_directory(std::string path) {
  CHECK_OK(state_->admit(DiskAction::kSync, path));
  TRY(const InodeId inode, state_->tree.existing(path));
  if (!state_->tree.at(inode).is_directory) return fail(ErrorKind::kIo, path + ": is not a directory");
  state_->tree.sync_directory(inode);
  state_->tree.collect(state_->open);
  return {};
}

Result<env::Space> SimDisk::space(std::string path) {
  CHECK_OK(state_->admit(DiskAction::kLook, path));
  CHECK_OK(state_->tree.existing(path));
  const uint64_t used = state_->used_pages() * Content::kPageBytes;
  const uint64_t total = state_->faults.capacity_bytes;
  return env::Space{total, used < total ? total - used : 0};
}

Result<std::unique_ptr<env::FileLock>> SimDisk::try_lock(std::string path) {
  CHECK_OK(open(path, env::OpenMode::kCreate));
  if (!state_->locks.insert(path).second) return fail(ErrorKind::kExists, path + ": is locked");
  return std::make_unique<SimLock>(state_, std::move(path));
}

void SimDisk::lose_power() {
  state_->lose_power();
}
bool SimDisk::power_is_off() const {
  return !state_->power;
}

void SimDisk::power_cut(const CutOptions& options) {
  state_->lose_power();
  state_->forget_handles();
  state_->plans = {};
  state_->tree.restart_from_durable(survivors(state_->tree, options, state_->random));
  state_->used_pages();
  state_->power = true;
}

void SimDisk::stop() {
  state_->running = false;
  state_->forget_handles();
}

void SimDisk::start() {
  ASSERT(state_->power, "what a power cut left is decided before the disk is used again");
  state_->running = true;
}

uint64_t SimDisk::operations() const {
  return state_->operations;
}
uint64_t SimDisk::changes() const {
  return state_->changes;
}
uint64_t SimDisk::syncs() const {
  return state_->syncs;
}
size_t SimDisk::unsynced_changes() const {
  return state_->tree.pending().size();
}

void SimDisk::cut_at_sync(uint64_t k) {
  state_->plans.cut_at_sync = state_->syncs + k;
}
void SimDisk::cut_at_change(uint64_t k) {
  state_->plans.cut_at_change = state_->changes + k;
}
void SimDisk::fail_operation(uint64_t k, ErrorKind kind) {
  state_->plans.fail_operation = state_->operations + k;
  state_->plans.operation_error = kind;
}
void SimDisk::fail_change(uint64_t k, ErrorKind kind) {
  state_->plans.fail_change = state_->changes + k;
  state_->plans.change_error = kind;
}
void SimDisk::on_sync(std::function<void(uint64_t)> callback) {
  state_->on_sync = std::move(callback);
}
void SimDisk::on_power_lost(std::function<void()> callback) {
  state_->on_power_lost = std::move(callback);
}
const DiskFaults& SimDisk::faults() const {
  return state_->faults;
}
DiskFaults& SimDisk::faults() {
  return state_->faults;
}

Result<void> SimDisk::flip_bits(std::string path, uint64_t offset, uint64_t length, unsigned count) {
  TRY(const InodeId id, state_->tree.existing(path));
  Inode& inode = state_->tree.edit(id);
  for (unsigned i = 0; i < count; ++i) {
    const uint64_t at = offset + state_->random.below(length);
    const unsigned bit = static_cast<unsigned>(state_->random.below(8));
    if (at < inode.now.size()) inode.now.flip_bit(at, bit);
    if (at < inode.durable.size()) inode.durable.flip_bit(at, bit);
  }
  return {};
}

Result<void> SimDisk::zero_range(std::string path, uint64_t offset, uint64_t length) {
  TRY(const InodeId id, state_->tree.existing(path));
  Inode& inode = state_->tree.edit(id);
  inode.now.punch(offset, length);
  inode.durable.punch(offset, length);
  return {};
}

Result<void> SimDisk::cut_short(std::string path, uint64_t size) {
  TRY(const InodeId id, state_->tree.existing(path));
  Inode& inode = state_->tree.edit(id);
  if (size < inode.now.size()) inode.now.truncate(size);
  if (size < inode.durable.size()) inode.durable.truncate(size);
  return {};
}

Result<void> SimDisk::fail_reads(std::string path, uint64_t offset, uint64_t length) {
  TRY(const InodeId id, state_->tree.existing(path));
  state_->tree.bad_ranges().push_back({id, offset, length});
  return {};
}

void SimDisk::heal_reads() {
  state_->tree.bad_ranges().clear();
}

uint64_t SimDisk::durable_digest() const {
  return state_->tree.durable_digest();
}

}  // namespace garage::sim
