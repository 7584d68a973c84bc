// One volume file: records behind one another, appended by one lane while it is active, sealed afterwards.
//
// Offsets only grow: room is never used twice, so a reader with an old place finds the old bytes or zeros, never
// another record. (The one exception is room whose write failed: no place ever named it.)
//
// Ownership: shared by the VolumeSet and whoever works on it; the file stays readable for them after its name is
// removed. Threads:   any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "block/sync_group.hpp"
#include "env/disk.hpp"

namespace garage::block {

// What is known of a volume file when it is found at start.
struct FoundVolume {
  uint16_t directory = 0;
  uint32_t id = 0;
  std::string path;
  uint64_t size = 0;
  bool read_only = false;
  bool frozen =
      false;  // not known to the index: nothing in it may be written, freed or removed before the index was rebuilt
};

class Volume {
 public:
  explicit Volume(FoundVolume found);

  uint16_t directory() const { return found_.directory; }
  uint32_t id() const { return found_.id; }
  const std::string& path() const { return found_.path; }
  bool read_only() const { return read_only_; }
  // It cannot be opened for writing any more: what is in it can still be read.
  void become_read_only() { read_only_ = true; }
  // The size at start; what lies beyond was written by this process.
  uint64_t size_at_start() const { return found_.size; }
  const std::shared_ptr<SyncGroup>& syncs() const { return syncs_; }

  // The open file, if it is open. Marks it as used.
  std::shared_ptr<env::File> file_if_open();
  void set_file(std::shared_ptr<env::File> file);
  // For the bound on open files: closes it if it was not used since the last call and nothing is being written.
  bool close_if_idle();

  // Room for a record; nothing if it is sealed, failed or would grow beyond `volume_bytes_max` (one record always
  // fits). Each reservation ends with write_done() or give_back().
  std::optional<uint64_t> reserve(uint64_t extent, uint64_t volume_bytes_max);
  // The record is written; the number of the write in syncs().
  uint64_t write_done();
  // The write failed, and what it left has been punched out (or could not be).
  void give_back(uint64_t offset, uint64_t extent);

  void activate();
  void seal();
  bool sealed() const;

  // A record known to the index at start.
  void found_record(uint64_t offset, uint64_t extent);
  void add_live(uint64_t extent);
  // A record that nobody can refer to any more.
  void free(uint64_t extent);
  // Nothing in it is needed, nothing will be written to it, and it may go.
  bool removable() const;
  bool may_punch() const;
  bool frozen() const;
  // Before anything is written to it.
  void freeze();
  void thaw();

  uint64_t end() const;
  uint64_t live_bytes() const;
  // Could the bytes of this record be there at all? A file that lost its end in a power cut is shorter than the index
  // says.
  bool may_hold(uint64_t offset, uint64_t record_bytes) const;

  // What was found in it at start is on the device for sure.
  std::atomic<bool> synced_since_start{false};
  // Live bytes that the last compaction had to leave behind (damaged records); it is not tried again while nothing
  // changes.
  std::atomic<uint64_t> left_by_compaction{0};
  // Nanoseconds of the monotonic clock: the last compaction failed, and others come first until then.
  std::atomic<int64_t> compaction_rests_until_ns{0};

 private:
  const FoundVolume found_;
  const std::shared_ptr<SyncGroup> syncs_ = std::make_shared<SyncGroup>();
  std::atomic<bool> recently_used_{false};
  std::atomic<bool> read_only_;

  mutable std::mutex mutex_;  // guards everything below
  std::shared_ptr<env::File> file_;
  bool active_ = false;
  bool frozen_ = false;
  uint64_t end_ = 0;   // where the next record goes
  uint64_t live_ = 0;  // extents of records that are indexed, or held, or being written
  uint32_t in_flight_ = 0;
};

}  // namespace garage::block
