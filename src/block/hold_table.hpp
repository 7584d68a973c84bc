// The blocks that are in somebody's hands right now: being written, held by an upload, or being removed. In memory
// only.
//
// It is where deduplication and collection meet. put() takes a hold before it looks at the index, a removal looks for
// holds before it deletes the row, both under one lock of the hash: so either the removal sees the hold and spares the
// block, or put() sees the removal and does not trust the row it reads.
//
// A hold whose end leaves a question open (was the commit that failed applied after all? is the block that a removal
// spared still needed?) passes to the Resolver, which asks the index and the references through the commit queue.
//
// Threads: any; 64 locks by hash. Nothing here waits or calls out while it holds one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "block/block_store.hpp"
#include "block/volume.hpp"
#include "runtime/future.hpp"

namespace garage::block {

// Where a held block is.
struct HeldRecord {
  BlockPlace place;
  std::shared_ptr<Volume> volume;
  uint64_t write_number = 0;  // of the volume's SyncGroup
  bool fresh = false;         // written by us; otherwise found in the index
};

// Is the record lost, because the sync that was to cover it failed?
bool is_lost(const HeldRecord& record);

class HoldTable {
 public:
  // --- putting

  struct Claim {
    enum class Action { kReady, kWrite, kWait } action = Action::kReady;
    HeldRecord record;                 // kReady
    bool trust_index = true;           // kWrite: a row found may be used
    std::optional<BlockPlace> spoilt;  // kWrite: room of an earlier record of ours that nobody can use any more
    std::optional<runtime::Future<bool>> wake;  // kWait: then claim again
  };
  // Takes a hold (unless `again`: the caller has it, from a claim that had to wait) and tells what to do. After kWrite:
  // settle() or abandon().
  Claim claim(const BlockHash& hash, bool again);
  // The record is there. An error, and the hold is gone, if it was lost meanwhile.
  Result<void> settle(const BlockHash& hash, HeldRecord record);
  // The writer gives up its hold; who waited tries itself.
  void abandon(const BlockHash& hash);

  // --- committing

  struct Offer {
    HeldRecord record;
    bool indexed = false;  // its row is in the index for sure
  };
  // `need_sync`: an error if the record is not on the device.
  Result<Offer> offer(const BlockHash& hash, bool need_sync);
  // The row of the offered record `by` is to replace one that says `old`.
  void note_replaced(const BlockHash& hash, const BlockPlace& by, const BlockPlace& old);
  // The offer of `place` was committed; returns the places that no row names any more.
  std::vector<BlockPlace> committed(const BlockHash& hash, const BlockPlace& place);

  // --- letting go

  struct Release {
    std::optional<BlockPlace> unindexed;  // written and never offered to the index: its room is free
    bool resolve = false;                 // the hold goes on; the Resolver ends it
  };
  Release release(const BlockHash& hash);

  // What an unreferenced block leaves: taken out of the table by condemn(), and put back if the commit fails.
  struct Condemned {
    std::optional<HeldRecord> record;
    std::vector<BlockPlace> places;
  };
  // In the Resolver's apply(), when no reference exists: nothing if somebody else holds the block too. Then
  // end_remove() follows.
  std::optional<Condemned> condemn(const BlockHash& hash);
  void restore(const BlockHash& hash, Condemned condemned);
  // The Resolver's hold ends; `row` is the place in the index at its apply(). Returns the places that no row names any
  // more.
  std::vector<BlockPlace> resolved(const BlockHash& hash, const std::optional<BlockPlace>& row);

  // --- removing, compacting

  // False spares the block. After true: end_remove().
  bool begin_remove(const BlockHash& hash);
  void end_remove(const BlockHash& hash);
  // Held, and not in the index for sure: compaction must not touch its row.
  bool is_unsettled(const BlockHash& hash) const;
  // Held, and there is nothing (any more) that offer() could give.
  bool has_lost(const BlockHash& hash) const;

  // Found damaged: the next put() writes the block anew instead of pointing at the bad copy. Bounded; what is forgotten
  // is found again.
  void note_damaged(const BlockHash& hash);
  bool is_damaged(const BlockHash& hash) const;
  // Its copy was just read whole, and is what it should be: the error was a passing one. Cheap where none is damaged.
  void note_whole(const BlockHash& hash);

 private:
  struct Replacement {
    BlockPlace by, old;
  };
  struct Entry {
    uint32_t holds = 0;
    uint32_t removals = 0;  // under way
    bool busy = false;      // somebody looks for or writes the record
    std::optional<HeldRecord> record;
    bool offered = false;
    bool indexed = false;
    bool spared = false;
    std::vector<Replacement> replaced;
    std::vector<runtime::Promise<bool>> waiting;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<BlockHash, Entry, FixedBytesHash> entries;
    std::unordered_set<BlockHash, FixedBytesHash> damaged;
  };
  // The last byte: the unordered containers use the first ones.
  Shard& shard(const BlockHash& hash) { return shards_[hash.bytes[31] % shards_.size()]; }
  const Shard& shard(const BlockHash& hash) const { return shards_[hash.bytes[31] % shards_.size()]; }
  static void drop_if_unused(Shard& shard, const BlockHash& hash);

  std::array<Shard, 64> shards_;
  std::atomic<bool> any_damaged_{false};  // since start
};

}  // namespace garage::block
