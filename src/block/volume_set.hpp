// All volumes of a node: finds them by place, keeps a bounded number open, gives each lane its active volume, and knows
// what is unsynced.
//
// A lane is one writer's place in each directory (one a loop, one for compaction), so that two loops do not wait for
// each other's file. Threads: any. reserve(), file() and remove() block.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "block/block_store.hpp"
#include "block/directory.hpp"
#include "block/slices.hpp"
#include "block/volume.hpp"
#include "env/disk.hpp"

namespace garage::block {

class VolumeSet {
 public:
  struct Limits {
    uint64_t volume_bytes_max = 0;
    size_t open_files_max = 0;
    size_t lanes = 1;
  };
  // Takes the volumes that were found in the directories.
  VolumeSet(env::Disk& disk, std::vector<Directory> directories, Limits limits);

  std::shared_ptr<Volume> find(uint16_t directory, uint32_t id) const;
  std::vector<std::shared_ptr<Volume>> all() const;  // ascending by directory and id
  const std::vector<Directory>& directories() const { return directories_; }
  // The open file of a volume, opened if need be.
  Result<std::shared_ptr<env::File>> file(Volume& volume);

  // The found volumes that may be written to go on as active ones, as far as lanes are free. Returns them. Before other
  // threads come.
  std::vector<std::shared_ptr<Volume>> resume_lanes();

  // No new volume gets this id or a lower one: the index names records of a volume that is missing. Before other
  // threads come.
  void skip_id(uint32_t id) { next_id_ = std::max(next_id_.load(), id + 1); }

  struct Room {
    std::shared_ptr<Volume> volume;
    std::shared_ptr<env::File> file;
    uint64_t offset = 0;
  };
  // Indices of the writable directories in the order to be tried for this block: those that are avoided come last.
  std::vector<size_t> order_for(const BlockHash& hash, MonotonicTime now) const;
  // Room in the active volume of this directory and lane, or in a new one. `sealed` tells the volume that was full.
  Result<Room> reserve(size_t directory, size_t lane, uint64_t extent, std::shared_ptr<Volume>& sealed);
  // Is there room for a record beside what is kept free for deleting (env/headroom.hpp)? Compaction, which `moves` and
  // gives back as much, may use half of that. Blocking.
  bool has_room(size_t directory, uint64_t extent, bool moves, MonotonicTime now);
  // Avoids the directory for a moment, or for a minute after a write or a sync in it failed.
  void note_full(size_t directory, MonotonicTime now);
  void note_failed(size_t directory, MonotonicTime now);
  void note_failed(const Volume& volume, MonotonicTime now);

  // A write to it has been noted in its SyncGroup.
  void note_dirty(const std::shared_ptr<Volume>& volume);
  // Those with unsynced writes, and those that failed, until dismissed.
  std::vector<std::shared_ptr<Volume>> dirty();
  void dismiss_failed(const std::shared_ptr<Volume>& volume);

  // Removes the file of a removable volume, durably.
  Result<void> remove(const std::shared_ptr<Volume>& volume);

 private:
  using Name = std::pair<uint16_t, uint32_t>;
  struct Lane {
    std::mutex mutex;
    std::shared_ptr<Volume> active;  // guarded by mutex
  };
  struct Target {  // a writable directory
    size_t directory = 0;
    std::vector<std::unique_ptr<Lane>> lanes;
    std::atomic<int64_t> avoided_until_ns{0};
    std::atomic<int64_t> left_bytes{0};  // by the last look at the disk, less what was written since
    std::atomic<int64_t> look_again_ns{0};
  };

  Result<std::shared_ptr<Volume>> create(const Directory& directory);
  void bound_open_files();
  void avoid(size_t target, MonotonicTime until);

  env::Disk& disk_;
  const std::vector<Directory> directories_;
  const Limits limits_;
  std::vector<std::unique_ptr<Target>> targets_;  // fixed after construction
  std::unique_ptr<Slices> slices_;
  std::atomic<uint32_t> next_id_{1};

  mutable std::shared_mutex mutex_;  // guards volumes_
  std::map<Name, std::shared_ptr<Volume>> volumes_;

  std::mutex dirty_mutex_;
  std::map<Name, std::shared_ptr<Volume>> dirty_;  // guarded by dirty_mutex_

  std::mutex files_mutex_;
  size_t open_files_ = 0;  // guarded by files_mutex_
  Name hand_;              // guarded by files_mutex_: where the search for an idle file goes on
};

}  // namespace garage::block
