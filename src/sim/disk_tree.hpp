// Inside SimDisk: the files and folders, each as it is now and as it is durably, and the changes that wait between the
// two.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sim/content.hpp"

namespace garage::sim {

using InodeId = uint64_t;
inline constexpr InodeId kRootInode = 1;

struct Place {
  InodeId directory = 0;
  std::string name;
};

struct Inode {
  bool is_directory = false;
  uint32_t mode = 0;
  bool linked = true;  // has a name now
  Content now;
  Content durable;
  std::map<std::string, InodeId, std::less<>> names_now;  // of a directory
  std::map<std::string, InodeId, std::less<>> names_durable;
  std::optional<Place> durable_place;  // where its durable name is
};

enum class ChangeKind { kWrite, kTruncate, kPunch, kLink, kUnlink, kRename };

struct PendingChange {
  ChangeKind kind = ChangeKind::kWrite;
  InodeId inode = 0;
  uint64_t offset = 0;  // kTruncate: the new size
  uint64_t length = 0;
  std::shared_ptr<const std::string> bytes{};  // kWrite
  Place from{};                                // kUnlink, kRename
  Place to{};                                  // kLink, kRename

  bool is_data() const { return kind <= ChangeKind::kPunch; }
  bool concerns_directory(InodeId directory) const {
    return !is_data() && (from.directory == directory || to.directory == directory);
  }
};

struct BadRange {
  InodeId inode = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
};

// A value: copies share bytes and inodes until one of them changes.
class DiskTree {
 public:
  DiskTree();

  const Inode& at(InodeId id) const { return *inodes_.at(id); }
  Inode& edit(InodeId id);

  // Where a path leads: the folder that holds its last component, and the inode if it exists. The root has no place.
  struct Found {
    Place place;
    std::optional<InodeId> inode;
  };
  Result<Found> find(std::string_view path) const;  // kNotFound if a folder on the way is missing
  Result<InodeId> existing(std::string_view path) const;

  // Changes of what is seen now; each waits to become durable.
  InodeId create(const Place& place, bool is_directory, uint32_t mode);
  void unlink(const Place& place, InodeId inode);
  void rename(const Place& from, const Place& to, InodeId inode);
  void write(InodeId inode, uint64_t offset, std::string bytes);
  void truncate(InodeId inode, uint64_t size);
  void punch(InodeId inode, uint64_t offset, uint64_t length);

  // Waiting changes become durable: those of a file, those of a folder's names, the oldest until `bytes_max` wait.
  void sync_data(InodeId inode);
  void sync_directory(InodeId directory);
  void write_back(uint64_t bytes_max);
  // Takes a file's waiting changes out, for those who decide otherwise.
  std::vector<PendingChange> take_data(InodeId inode);

  void apply_durably(const PendingChange& change);
  // After a power cut: `kept` (in order) are applied, everything else that waited is forgotten, and now is what is
  // durable.
  void restart_from_durable(const std::vector<PendingChange>& kept);

  // Forgets inodes that nobody can reach any more; `open` tells which ones handles still use.
  void collect(const std::map<InodeId, uint32_t>& open);

  const std::vector<PendingChange>& pending() const { return pending_; }
  uint64_t used_pages(const std::map<InodeId, uint32_t>& open) const;
  std::vector<BadRange>& bad_ranges() { return bad_ranges_; }
  uint64_t durable_digest() const;

 private:
  // Removes those changes from the waiting ones, keeping the order of both.
  template <class Which>
  std::vector<PendingChange> take(Which which);
  void place_durably(InodeId inode, const Place& place);
  void digest_directory(InodeId directory, uint64_t& digest) const;

  std::map<InodeId, std::shared_ptr<Inode>> inodes_;
  InodeId last_inode_ = kRootInode;
  std::vector<PendingChange> pending_;
  uint64_t pending_bytes_ = 0;
  std::vector<BadRange> bad_ranges_;
};

}  // namespace garage::sim
