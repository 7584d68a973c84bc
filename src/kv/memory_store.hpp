// The Store for tests and for the simulated world: all in memory, durable only as far as it pretends to be.
//
// A kSynced write is synced when write() returns. A kRelaxed one is visible at once and synced by the next sync() or
// kSynced write; crash() is the power cut that takes back what was not, in whole batches, newest first. A killed
// process loses nothing: keep the store and build a new node over it.
//
// Ownership: as every Store. It survives the nodes that are built over it one after another.
// Threads:   any.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "kv/persistent_map.hpp"
#include "kv/store.hpp"

namespace garage::kv {

class MemoryStore : public Store {
 public:
  Result<std::optional<std::optional<std::string>>> get_if_cached(Family family, std::string_view key) override;
  Result<std::optional<std::string>> get(Family family, std::string_view key) override;
  std::vector<Result<std::optional<std::string>>> multi_get(std::span<const Key> keys) override;
  std::unique_ptr<Iterator> iterate(Family family, IterateOptions options) override;
  Result<void> write(const Batch& batch, Durability durability) override;
  Result<void> sync() override;
  uint64_t estimate_count(Family family) override;
  bool is_short_of_space() override;
  bool has_room_to_settle() override;
  std::optional<std::string> damage() override;
  Result<void> checkpoint(std::string directory) override;

  // Power is cut: unsynced batches are gone, but for the oldest `unsynced_kept` of them, which had reached the device
  // by themselves.
  void crash(size_t unsynced_kept = 0);
  size_t unsynced_batches() const;

  // Faults. The next `count` calls of write() and sync() (reads: get, multi_get, iterate) fail with `kind` and change
  // nothing.
  void fail_next_writes(ErrorKind kind, size_t count);
  void fail_next_reads(ErrorKind kind, size_t count);
  // While true, get_if_cached() knows nothing and `cached_only` cursors are kUnavailable, as after a restart.
  void set_cold(bool cold);
  void set_short_of_space(bool is_short, bool room_to_settle = true);
  void set_damage(std::optional<std::string> damage);

 private:
  using State = std::array<PersistentMap, kFamilyCount>;
  struct Fault {
    ErrorKind kind = ErrorKind::kIo;
    size_t left = 0;
  };
  static Result<void> take(Fault& fault, std::string_view what);

  mutable std::mutex mutex_;  // guards everything below
  State visible_;
  State synced_;
  std::vector<State> unsynced_;  // the state after each batch since the last sync
  Fault write_fault_;
  Fault read_fault_;
  bool cold_ = false;
  bool short_of_space_ = false;
  bool room_to_settle_ = true;
  std::optional<std::string> damage_;
};

}  // namespace garage::kv
