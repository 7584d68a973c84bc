// What the operations of the block store share. Internal to block.
//
// Ownership: shared by the store and by the holds it gave out, which may outlive it (they then do nothing).
#pragma once

#include <atomic>
#include <memory>

#include "block/block_store.hpp"
#include "block/free_queue.hpp"
#include "block/hold_table.hpp"
#include "block/resolver.hpp"
#include "block/rhythm.hpp"
#include "block/volume_set.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"

namespace garage::block {

struct Counters {
  std::atomic<uint64_t> blocks_written{0}, blocks_deduplicated{0}, blocks_read{0}, blocks_corrupt{0}, blocks_removed{0};
  std::atomic<uint64_t> bytes_written{0}, bytes_read{0};
};

struct Core : std::enable_shared_from_this<Core> {
  Core(env::Env env, kv::Store& store, kv::CommitQueue& commits, BlockOptions options,
       std::vector<Directory> directories);

  env::Env env;
  kv::Store& store;
  kv::CommitQueue& commits;
  const BlockOptions options;
  runtime::Loop& home;  // of the background work: the loop that opened the store
  Counters counters;
  VolumeSet volumes;
  HoldTable holds;
  FreeQueue free_queue;
  std::atomic<bool> stopped{false};
  std::atomic<bool> compacting{false};
  std::atomic<uint64_t> unsynced_bytes{0};  // without sync: written since the last sync in the background

  Resolver resolver;
  Rhythm free_rhythm;
  Rhythm sync_rhythm;  // without sync: once a second

  // The lane of the calling loop; compaction has one of its own.
  size_t lane() const;
  size_t compaction_lane() const { return lane_count(env) - 1; }
  static size_t lane_count(const env::Env& env);

  // No row and no hold has these places any more.
  void free_places(const std::vector<BlockPlace>& places);
  void release(const BlockHash& hash);
  void report_damaged(const BlockHash& hash, const Error& why);
  // Its copy counts as damaged until it can be read again, which somebody should try.
  void report_unreadable(const BlockHash& hash, const Error& why);
};

// Returns when everything written before the call is on the device, but for what is_lost() by then. An error tells that
// some volume failed: whether one's own records were in it has to be asked.
Task<Result<void>> sync_volumes(std::shared_ptr<Core> core);

}  // namespace garage::block
