// Content-addressed blocks of this node: bytes in append-only volume files, their places in the metadata store.
//
// A block is named by the SHA-256 of its raw bytes. put() writes it to a volume (or finds it there); sync() makes what
// was put durable; the index row and the references are then part of the caller's commit, through IndexChange pieces,
// so that block, reference and object row become visible together. A record without an index row is free space, found
// and reused after a restart.
//
// Ownership: the program owns the store and stops it before env and kv go.
// Threads:   any loop. Blocking work runs on the pools.
// Integrity: every record carries a checksum over its header and one for each 64 KiB of stored bytes; each read
// verifies what it
//            returns. A record that fails is never served: kCorrupt, and the block is reported damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/task.hpp"
#include "table/fwd.hpp"
#include "telemetry/histogram.hpp"

namespace garage::block {

struct DataDirectory {
  std::string path;
  uint64_t capacity_bytes = 0;  // relative weight; 0 with a single directory means "all of it"
  bool read_only = false;
};

struct BlockOptions {
  std::vector<DataDirectory> directories;
  uint64_t volume_bytes_max = 1u << 30;
  std::optional<int> compression_level = 1;  // zstd; nullopt stores raw
  bool sync = true;                          // false: data_fsync = false, synced once a second or every 16 MiB
  double compact_below_live_share = 0.5;     // a sealed volume with less live data is rewritten
  size_t open_files_max = 2048;              // volume files kept open
  // The index rows are lost or doubted: nothing that lies in the volumes is freed before rebuild_index() has run. Found
  // out by itself where a data directory turns up with volumes and without metadata, and where rows are damaged or
  // name a volume that is not there, as those of an older copy of the metadata do.
  bool index_lost = false;
  // Called for each block found damaged or unreadable, from any thread; must not block. One that can be read whole
  // afterwards is not damaged any more.
  std::function<void(const BlockHash&)> on_damaged;
  telemetry::Histogram* read_duration = nullptr;  // null: not measured
  telemetry::Histogram* write_duration = nullptr;
};

// Where a block lies. Also the content of its index row.
struct BlockPlace {
  uint16_t directory = 0;
  uint32_t volume = 0;
  uint64_t offset = 0;  // of the record's header
  uint32_t raw_bytes = 0;
  uint32_t stored_bytes = 0;  // less than raw_bytes where compressed
  friend bool operator==(const BlockPlace&, const BlockPlace&) = default;
};

// Keeps a block from being collected while its upload is under way, from put() until the commit that references it (or
// the upload is given up). Move-only; letting go frees the block if nobody references it.
class BlockHold {
 public:
  struct Impl;
  BlockHold();
  explicit BlockHold(std::shared_ptr<Impl> impl);
  BlockHold(BlockHold&&) noexcept;
  BlockHold& operator=(BlockHold&&) noexcept;
  ~BlockHold();

  const BlockHash& hash() const;
  const BlockPlace& place() const;
  // The sync that was to cover it failed, or its copy was found damaged: the block has to be put anew.
  bool is_lost() const;
  // For the commit: adds the index row if it is not there yet. Call inside Change::apply with the keys of index_key()
  // among reads().
  Result<void> add_to_index(kv::View& view, kv::Batch& batch) const;
  // After the commit returned ok: the index row is ours now.
  void committed();

 private:
  std::shared_ptr<Impl> impl_;
};

struct BlockStats {
  uint64_t blocks_written = 0, blocks_deduplicated = 0, blocks_read = 0, blocks_corrupt = 0, blocks_removed = 0;
  uint64_t bytes_written = 0, bytes_read = 0;  // as stored; as read by callers
  uint64_t volume_count = 0, failed_volume_count = 0;
  uint64_t frozen_volume_count = 0;         // wait for rebuild_index()
  uint64_t live_bytes = 0, free_bytes = 0;  // within the volumes; free ones are holes, or wait for compaction
};

struct CompactReport {
  uint16_t directory = 0;
  uint32_t volume = 0;
  uint64_t records_moved = 0, bytes_moved = 0;
  uint64_t records_damaged = 0;  // left where they are
  bool volume_removed = false;
};

struct RebuildReport {
  uint64_t volumes = 0;
  uint64_t records = 0;          // found and verified
  uint64_t rows_added = 0;       // of those, were not in the index
  uint64_t rows_removed = 0;     // damaged, or what they name is not there
  uint64_t records_damaged = 0;  // a head without its payload, or the payload of another block
  uint64_t torn_tails = 0;       // volumes that end in bytes that are no record
  uint64_t volumes_unread = 0;   // not in all places: they stay frozen
};

class BlockStore {
 public:
  // Opens or makes the data directories (marker files as in the reference), loads the free-space state by the index,
  // finds the tail of each active volume. Errors name the directory and the way out.
  static Task<Result<std::unique_ptr<BlockStore>>> open(env::Env env, kv::Store& store, kv::CommitQueue& commits,
                                                        BlockOptions options);
  virtual ~BlockStore() = default;

  // Writes the block, or finds a verified copy. `hash` is the SHA-256 of `raw` (computed by the caller in its one pass
  // over the bytes).
  virtual Task<Result<BlockHold>> put(BlockHash hash, Buffer raw) = 0;
  // Returns when everything put before is durable (at once where sync is off), but for holds that are lost, which no
  // commit takes. An error tells that a disk failed, perhaps another one than the caller's: that is judged by
  // is_lost() of the caller's own holds. One fdatasync serves all who wait.
  virtual Task<Result<void>> sync() = 0;

  // The bytes [offset, offset + length) of a block, verified; length is clamped to the block. kNotFound, kCorrupt.
  virtual Task<Result<Buffer>> read(BlockHash hash, uint64_t offset, uint64_t length) = 0;

  // Blocks to be forgotten by one change: remove() inside its apply() (spares a block that is held), committed() inside
  // its committed(), which returns their space. Dropped without committed(), nothing happened.
  class Removal {
   public:
    virtual ~Removal() = default;
    virtual Result<void> remove(kv::View& view, kv::Batch& batch, const BlockHash& hash) = 0;
    virtual void committed() = 0;
  };
  virtual std::unique_ptr<Removal> begin_removal() = 0;

  // Rewrites the emptiest sealed volume below the threshold; nothing if there is none. One at a time (kConflict). A
  // damaged record stays where it is, is reported, and keeps its volume. `give_up`: asked between batches, on the
  // calling loop; then kClosed, and the volume is gone on with another time.
  virtual Task<Result<std::optional<CompactReport>>> compact_once(std::function<bool()> give_up) = 0;
  // For lost metadata: reads every frozen volume (BlockOptions::index_lost) whole, and adds an index row for each
  // record whose bytes are those of its hash; rows that name nothing go. Then the volumes are ordinary again, but for
  // those that could not be read everywhere. The rows have no references yet. In the background: rests as long as it
  // works. `give_up`: asked from time to time, on the calling loop; then kClosed.
  virtual Task<Result<RebuildReport>> rebuild_index(std::function<bool()> give_up) = 0;

  // Is the block in the index, and the volume that it lies in here? Blocking.
  virtual Result<bool> has(const BlockHash& hash) const = 0;
  // The same for each of them, but said of bytes that are on the device only: what may not be there yet is synced
  // first, as where sync is off. The index rows are the caller's to sync.
  virtual Task<Result<std::vector<bool>>> has_durably(std::vector<BlockHash> hashes) = 0;

  virtual BlockStats stats() const = 0;
  // On the loop that opened the store. Later puts answer kClosed; what was freed is given back, what was written is
  // synced.
  virtual Task<void> stop() = 0;

  static kv::Key index_key(const BlockHash& hash);

  // Before the first request: whoever changes references here keeps their digests there.
  void keep_digests(table::DigestKeeper& keeper) { digests_ = &keeper; }
  table::DigestKeeper* digests() const { return digests_; }  // null: none are kept

 private:
  table::DigestKeeper* digests_ = nullptr;
};

}  // namespace garage::block
