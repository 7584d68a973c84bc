// A durable, ordered map from byte strings to byte strings, split into column families, written in atomic batches.
//
// Two implementations behave alike and pass one conformance suite: RocksStore (kv/rocksdb, the real engine) and
// MemoryStore (tests and simulation; it can be crashed).
//
// Ownership: the program owns the Store; everybody else borrows it and never outlives it. Iterators die before it.
// Threads:   any. get_if_cached never waits for a device; everything else may block, so call it on Pools::disk.
// Writing:   only the CommitQueue calls write(), one call at a time.
// Damage:    every byte read from a device is verified; kCorrupt where that fails. Where a device refuses writes, reads
//            go on.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace garage::kv {

// The families of a node; the number is part of the disk format (docs/formats/metadata.md), so never reuse one.
enum class Family : unsigned char {
  kMeta = 0,        // format version, database incarnation, counters of this node
  kSettings = 1,    // buckets, aliases, access keys, admin tokens
  kObject = 2,      // one head row per object key
  kInline = 3,      // bodies of small objects, by uuid
  kVersion = 4,     // versions that are no longer current
  kUpload = 5,      // multipart uploads and their part attempts
  kManifest = 6,    // block lists too long for a row, in pages, by owner
  kPromise = 7,     // the fence of a row, where it was ever promised
  kBlockRef = 8,    // (block hash, owner) -> reference
  kBlockIndex = 9,  // block hash -> place in a volume
  kDigest = 10,     // sums of row hashes
  kQueue = 11,      // durable work to do later
};
inline constexpr size_t kFamilyCount = 12;
std::string_view family_name(Family family);

struct Key {
  Family family = Family::kMeta;
  std::string bytes;
  friend auto operator<=>(const Key&, const Key&) = default;
};

// What to change, in order; applied atomically. A value.
class Batch {
 public:
  struct Entry {
    Family family;
    std::string key;
    std::optional<std::string> value;  // nullopt deletes
  };
  void put(Family family, std::string key, std::string value) {
    entries_.push_back({family, std::move(key), std::move(value)});
  }
  void remove(Family family, std::string key) { entries_.push_back({family, std::move(key), std::nullopt}); }
  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }
  bool empty() const { return entries_.empty(); }

 private:
  std::vector<Entry> entries_;
};

// A cursor over one family, ascending by bytes, over the state at the time it was made. Blocking; one thread at a time.
class Iterator {
 public:
  virtual ~Iterator() = default;
  virtual void seek(std::string_view key) = 0;       // to the first key >= `key`
  virtual void seek_last(std::string_view key) = 0;  // to the last key <= `key`
  virtual void next() = 0;
  virtual void previous() = 0;
  virtual bool valid() const = 0;  // false at either end and after an error
  // Views into the engine, valid until the cursor moves.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  // Why valid() is false, if not because of the end.
  virtual Result<void> status() const = 0;
};

struct IterateOptions {
  std::string lower_bound;   // inclusive; empty: none
  std::string upper_bound;   // exclusive; empty: none
  bool cached_only = false;  // never wait for a device: status() is kUnavailable where the answer is not in memory
};

enum class Durability {
  kSynced,   // on the device before write() returns
  kRelaxed,  // in the log, handed to the operating system (kill -9 loses nothing); synced later by sync()
};

class Store {
 public:
  virtual ~Store() = default;

  // The outer optional is empty where the answer is not in memory; the inner one where the key does not exist.
  virtual Result<std::optional<std::optional<std::string>>> get_if_cached(Family family, std::string_view key) = 0;
  virtual Result<std::optional<std::string>> get(Family family, std::string_view key) = 0;
  // One answer a key, in their order, all from one moment.
  virtual std::vector<Result<std::optional<std::string>>> multi_get(std::span<const Key> keys) = 0;
  virtual std::unique_ptr<Iterator> iterate(Family family, IterateOptions options) = 0;

  // Atomic, also across families. An error leaves nothing applied as far as readers can see. kNoSpace: nothing was
  // written, and the same call works again, without a restart, once there is space. kIo: the device failed, the change
  // may come to light after a restart, and mostly nothing more is written until then.
  virtual Result<void> write(const Batch& batch, Durability durability) = 0;
  // Everything written before is on the device when it returns.
  virtual Result<void> sync() = 0;
  // Is the disk so full that the rest is for deleting and settling? Then nothing is taken that adds bodies. May block;
  // looks at the disk about once a second.
  virtual bool is_short_of_space() { return false; }
  // Of such a disk: is at least half of what is kept for deleting still there? May block.
  virtual bool has_room_to_settle() { return true; }
  // What went wrong while nobody asked for it, in words that say what to do. Any thread, no waiting.
  virtual std::optional<std::string> damage() { return std::nullopt; }
  // A rough number of keys, for people.
  virtual uint64_t estimate_count(Family family) = 0;
  // A consistent, openable copy in `directory`, which must not exist yet. kUnsupported where the engine has no files.
  virtual Result<void> checkpoint(std::string directory) = 0;
};

}  // namespace garage::kv
