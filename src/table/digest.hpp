// Digests of what this node holds, kept in the batches of the rows: for every (family, partition) a grid of 64 buckets,
// each the sum of a 128-bit hash of (key, version) of its rows, whatever their order. Nodes that hold the same rows
// have the same grids, so they find out cheaply where they differ.
//
// Kept only while switched on (more than one replica exists). When switched on, a background scan counts the rows that
// are there already; a watermark in the store says how far it is, and a change of a row beyond it counts nothing yet.
// The watermark travels with the batches, so grids are exact after any crash.
//
// Ownership: borrows store and queue; tables are added before load(). Threads: replace() and DigestChange in
// Change::apply; the rest on any loop.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/task.hpp"
#include "table/partition.hpp"

namespace garage::table {

inline constexpr size_t kDigestBuckets = 64;

struct DigestSum {
  uint64_t hi = 0, lo = 0;
  void add(const DigestSum& other) { hi += other.hi, lo += other.lo; }
  void subtract(const DigestSum& other) { hi -= other.hi, lo -= other.lo; }
  bool is_zero() const { return hi == 0 && lo == 0; }
  friend bool operator==(const DigestSum&, const DigestSum&) = default;
};
using DigestGrid = std::array<DigestSum, kDigestBuckets>;

// What digests must know of a family's rows.
class VersionedRows {
 public:
  virtual ~VersionedRows() = default;
  virtual kv::Family family() const = 0;
  // Of two rows with one key the higher version is the one to keep; equal versions are equal rows.
  virtual Result<Ord> version_of(std::string_view key, std::string_view value) const = 0;
};

size_t digest_bucket_of(std::string_view key);

class DigestKeeper {
 public:
  DigestKeeper(kv::Store& store, kv::CommitQueue& commits) : store_(store), commits_(commits) {}
  void add(const VersionedRows& rows) { tables_[static_cast<size_t>(rows.family())] = &rows; }

  // At start, blocking: goes on where it was.
  Result<void> load();
  bool on() const { return on_; }
  // Begins to keep digests of all tables, from nothing; changes nothing where it is on.
  Task<Result<void>> switch_on();
  Task<Result<void>> switch_off();
  // Counts a few hundred of the rows that were there before. True: all are counted.
  Task<Result<bool>> count_some(kv::Family family);

  // In Change::apply: one row per change. `before` and `after` are versions; zero: there is none.
  Result<void> replace(kv::View& view, kv::Batch& batch, kv::Family family, std::string_view key, Ord before,
                       Ord after);
  // The keys that replace() reads, for Change::reads().
  void name_reads(kv::Family family, std::string_view key, std::vector<kv::Key>& out) const;

  // Blocking. Nothing: not all rows are counted yet, or a sum is damaged, so that count_some() begins anew.
  Result<std::optional<DigestGrid>> grid(kv::Family family, Partition partition);

 private:
  class SwitchOn;
  class SwitchOff;
  class CountSome;

  Result<void> begin_anew(kv::Batch& batch, kv::Family family);

  kv::Store& store_;
  kv::CommitQueue& commits_;
  std::array<const VersionedRows*, kv::kFamilyCount> tables_{};
  std::atomic<bool> on_ = false;
  std::atomic<bool> ending_ = false;  // it is being switched off
  std::array<std::atomic<bool>, kv::kFamilyCount> damaged_{};
};

// Several rows in one change: collects, then adds all to the batch at once.
class DigestChange {
 public:
  void replace(kv::Family family, std::string_view key, Ord before, Ord after);
  // Once, at the end of Change::apply.
  Result<void> apply(kv::View& view, kv::Batch& batch);

 private:
  struct Item {
    kv::Family family;
    std::string key;
    DigestSum difference;
  };
  std::vector<Item> items_;
};

}  // namespace garage::table
