#include "block/volume_set.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "block/record.hpp"
#include "env/headroom.hpp"

namespace garage::block {
namespace {

// How long a directory that was full, or one that failed, is asked last.
constexpr Duration kFullFor = 1s;
constexpr Duration kFailedFor = 60s;
constexpr Duration kLookInterval = 1s;

// A file system that the kernel has made read-only after an error still serves what is on it. That a file is not there,
// or that this process can open no more of them, is something else.
bool may_be_read_only(const Error& error) {
  return error.kind == ErrorKind::kIo || error.kind == ErrorKind::kDenied;
}

}  // namespace

VolumeSet::VolumeSet(env::Disk& disk, std::vector<Directory> directories, Limits limits)
    : disk_(disk), directories_(std::move(directories)), limits_(limits) {
  std::vector<uint64_t> weights;
  uint32_t highest = 0;
  for (size_t i = 0; i < directories_.size(); ++i) {
    const Directory& directory = directories_[i];
    for (const FoundVolume& found : directory.volumes) {
      volumes_.emplace(Name(found.directory, found.id), std::make_shared<Volume>(found));
      highest = std::max(highest, found.id);
    }
    if (directory.read_only) continue;
    auto target = std::make_unique<Target>();
    target->directory = i;
    for (size_t lane = 0; lane < limits_.lanes; ++lane) target->lanes.push_back(std::make_unique<Lane>());
    targets_.push_back(std::move(target));
    weights.push_back(directory.weight);
  }
  // Numbers are unique in the node, so a place of a removed volume never names a younger one while the process lives.
  next_id_ = highest + 1;
  slices_ = std::make_unique<Slices>(std::move(weights));
}

std::shared_ptr<Volume> VolumeSet::find(uint16_t directory, uint32_t id) const {
  std::shared_lock lock(mutex_);
  auto it = volumes_.find(Name(directory, id));
  return it == volumes_.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<Volume>> VolumeSet::all() const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<Volume>> out;
  out.reserve(volumes_.size());
  for (const auto& [name, volume] : volumes_) out.push_back(volume);
  return out;
}

Result<std::shared_ptr<env::File>> VolumeSet::file(Volume& volume) {
  if (auto file = volume.file_if_open()) return file;
  std::lock_guard lock(files_mutex_);
  if (auto file = volume.file_if_open()) return file;
  auto opened = disk_.open(volume.path(), volume.read_only() ? env::OpenMode::kRead : env::OpenMode::kReadWrite);
  if (!opened && may_be_read_only(opened.error()) && !volume.read_only()) {
    if (auto readable = disk_.open(volume.path(), env::OpenMode::kRead)) {
      LOG_WARN("block", "{} can only be read until the next start: {}", volume.path(), opened.error().message);
      volume.become_read_only();
      opened = std::move(readable);
    }
  }
  if (!opened) return std::unexpected(opened.error().within(volume.path()));
  std::shared_ptr<env::File> file = std::move(*opened);
  volume.set_file(file);
  ++open_files_;
  bound_open_files();
  return file;
}

// Second chance: goes round the volumes, closes the first that was not used since it last came by.
void VolumeSet::bound_open_files() {
  std::shared_lock lock(mutex_);
  for (size_t looked = 0; open_files_ > limits_.open_files_max && looked < 2 * volumes_.size(); ++looked) {
    auto it = volumes_.upper_bound(hand_);
    if (it == volumes_.end()) it = volumes_.begin();
    hand_ = it->first;
    if (it->second->close_if_idle()) --open_files_;
  }
}

std::vector<std::shared_ptr<Volume>> VolumeSet::resume_lanes() {
  std::vector<std::shared_ptr<Volume>> resumed;
  for (auto& target : targets_) {
    const Directory& directory = directories_[target->directory];
    size_t lane = 0;
    for (const FoundVolume& found : directory.volumes) {
      if (lane == target->lanes.size()) break;
      auto volume = find(found.directory, found.id);
      if (volume->frozen() || volume->end() >= limits_.volume_bytes_max) continue;
      // One that can't be opened for writing stays as it is.
      if (!file(*volume) || volume->read_only()) continue;
      volume->activate();
      target->lanes[lane++]->active = volume;
      resumed.push_back(std::move(volume));
    }
  }
  return resumed;
}

std::vector<size_t> VolumeSet::order_for(const BlockHash& hash, MonotonicTime now) const {
  const size_t first = slices_->directory_of(hash);
  std::vector<size_t> order, avoided;
  for (size_t i = 0; i < targets_.size(); ++i) {
    const size_t target = (first + i) % targets_.size();
    const int64_t until_ns = targets_[target]->avoided_until_ns.load(std::memory_order_relaxed);
    (until_ns > now.since_start.count() ? avoided : order).push_back(target);
  }
  order.insert(order.end(), avoided.begin(), avoided.end());
  return order;
}

bool VolumeSet::has_room(size_t target_number, uint64_t extent, bool moves, MonotonicTime now) {
  Target& target = *targets_[target_number];
  const auto bytes = static_cast<int64_t>(extent);
  const int64_t left = target.left_bytes.fetch_sub(bytes) - bytes;
  if (now.since_start.count() < target.look_again_ns && left >= static_cast<int64_t>(env::kNearlyFullBytes))
    return true;
  const auto space = disk_.space(directories_[target.directory].path);
  if (!space) return true;  // the write will tell
  target.left_bytes = static_cast<int64_t>(space->available_bytes) - bytes;
  target.look_again_ns = (now + kLookInterval).since_start.count();
  const uint64_t kept = env::headroom_bytes(*space);
  return space->available_bytes >= extent + (moves ? kept / 2 : kept);
}

void VolumeSet::avoid(size_t target, MonotonicTime until) {
  targets_[target]->avoided_until_ns.store(until.since_start.count(), std::memory_order_relaxed);
}

void VolumeSet::note_full(size_t target, MonotonicTime now) {
  avoid(target, now + kFullFor);
}

void VolumeSet::note_failed(size_t target, MonotonicTime now) {
  avoid(target, now + kFailedFor);
}

void VolumeSet::note_failed(const Volume& volume, MonotonicTime now) {
  for (size_t target = 0; target < targets_.size(); ++target) {
    if (directories_[targets_[target]->directory].number == volume.directory()) note_failed(target, now);
  }
}

Result<VolumeSet::Room> VolumeSet::reserve(size_t target, size_t lane_number, uint64_t extent,
                                           std::shared_ptr<Volume>& sealed) {
  Lane& lane = *targets_[target]->lanes[lane_number];
  std::lock_guard lock(lane.mutex);
  for (;;) {
    if (lane.active) {
      if (auto offset = lane.active->reserve(extent, limits_.volume_bytes_max)) {
        return Room{lane.active, lane.active->file_if_open(), *offset};
      }
      lane.active->seal();
      sealed = std::exchange(lane.active, nullptr);
    }
    TRY(lane.active, create(directories_[targets_[target]->directory]));
  }
}

Result<std::shared_ptr<Volume>> VolumeSet::create(const Directory& directory) {
  const uint32_t id = next_id_.fetch_add(1);
  if (id == UINT32_MAX) return fail(ErrorKind::kNoSpace, "volume numbers are used up");
  FoundVolume found{.directory = directory.number, .id = id, .path = directory.volume_path(id)};
  auto opened = disk_.open(found.path, env::OpenMode::kCreateNew);
  if (!opened) return std::unexpected(opened.error().within(found.path));
  // The name is durable before any record in the volume can be acknowledged.
  if (auto synced = disk_.sync_directory(directory.volumes_path()); !synced) {
    if (auto removed = disk_.remove(found.path); !removed)
      LOG_WARN("block", "{}: {}", found.path, removed.error().message);
    return std::unexpected(synced.error().within(directory.volumes_path()));
  }
  auto volume = std::make_shared<Volume>(std::move(found));
  volume->set_file(std::move(*opened));
  volume->activate();
  {
    std::lock_guard lock(mutex_);
    volumes_.emplace(Name(directory.number, id), volume);
  }
  std::lock_guard lock(files_mutex_);
  ++open_files_;
  bound_open_files();
  return volume;
}

void VolumeSet::note_dirty(const std::shared_ptr<Volume>& volume) {
  std::lock_guard lock(dirty_mutex_);
  dirty_.emplace(Name(volume->directory(), volume->id()), volume);
}

std::vector<std::shared_ptr<Volume>> VolumeSet::dirty() {
  std::lock_guard lock(dirty_mutex_);
  std::erase_if(dirty_,
                [](const auto& entry) { return !entry.second->syncs()->dirty() && !entry.second->syncs()->failure(); });
  std::vector<std::shared_ptr<Volume>> out;
  for (const auto& [name, volume] : dirty_) out.push_back(volume);
  return out;
}

void VolumeSet::dismiss_failed(const std::shared_ptr<Volume>& volume) {
  std::lock_guard lock(dirty_mutex_);
  dirty_.erase(Name(volume->directory(), volume->id()));
}

Result<void> VolumeSet::remove(const std::shared_ptr<Volume>& volume) {
  ASSERT(volume->removable(), "a volume is removed when nothing in it is needed");
  const Name name(volume->directory(), volume->id());
  {
    std::lock_guard lock(mutex_);
    if (volumes_.erase(name) == 0) return {};
  }
  dismiss_failed(volume);
  // A name that comes back after a power cut is an empty volume to the index, and removed again.
  auto removed = disk_.remove(volume->path());
  {
    std::lock_guard lock(files_mutex_);
    if (volume->file_if_open()) --open_files_;
    volume->set_file(nullptr);  // who still reads it has the file too
  }
  if (!removed && removed.error().kind != ErrorKind::kNotFound)
    return std::unexpected(removed.error().within(volume->path()));
  return {};
}

}  // namespace garage::block
