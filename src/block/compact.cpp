#include "block/compact.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/append.hpp"
#include "block/place.hpp"
#include "block/record_read.hpp"
#include "block/reference.hpp"
#include "block/volume_walk.hpp"

namespace garage::block {
namespace {

constexpr uint64_t kBatchBytes = 32u << 20;
constexpr size_t kBatchRecords = 512;
constexpr Duration kRestAfterFailure = std::chrono::minutes(10);

struct Move {
  BlockHash hash;
  BlockPlace from;
  HeldRecord to;
};

std::shared_ptr<Volume> choose(const Core& core) {
  std::shared_ptr<Volume> best;
  double best_share = core.options.compact_below_live_share;
  const int64_t now_ns = core.env.clock.monotonic_now().since_start.count();
  for (const auto& volume : core.volumes.all()) {
    const uint64_t end = volume->end(), live = volume->live_bytes();
    if (end == 0 || volume->read_only() || volume->frozen() || !volume->sealed() || live == volume->left_by_compaction)
      continue;
    if (now_ns < volume->compaction_rests_until_ns) continue;
    const double share = static_cast<double>(live) / static_cast<double>(end);
    if (share >= best_share) continue;
    best = volume;
    best_share = share;
  }
  return best;
}

// Blocking: copies a record as it is stored. kCorrupt, and `unreadable`: about this record only.
Result<HeldRecord> copy_record(Core& core, env::File& file, const RecordHeader& header, const BlockPlace& from,
                               bool& unreadable) {
  RecordRead read(header.hash, from, 0, header.raw_bytes);
  auto loaded = read.load(file);
  unreadable = !loaded;
  CHECK_OK(loaded);
  TRY(Buffer stored, read.finish());
  Payload payload{.codec = header.codec,
                  .raw_bytes = header.raw_bytes,
                  .stored = stored,
                  .checksums = piece_checksums(stored.view())};
  return append_record(core, core.compaction_lane(), header.hash, payload);
}

// Blocking: copies on until a batch is full or the volume is at its end (`at_end`).
Result<std::vector<Move>> copy_batch(Core& core, const Volume& volume, env::File& file, VolumeWalk& walk,
                                     CompactReport& report, bool& at_end) {
  std::vector<Move> moves;
  for (uint64_t bytes = 0; bytes < kBatchBytes && moves.size() < kBatchRecords;) {
    auto header = walk.next();
    if (header && !*header) at_end = true;
    if (!header || at_end)
      return header ? Result<std::vector<Move>>(std::move(moves)) : std::unexpected(header.error());
    const BlockHash& hash = (*header)->hash;
    auto row = core.store.get(kv::Family::kBlockIndex, hash.view());
    auto from = row && *row ? decode_place(hash, **row) : Result<BlockPlace>(fail(ErrorKind::kNotFound, "no row"));
    // Only a record that the index names is live; everything else here is dead, or an imitation.
    if (!from || from->directory != volume.directory() || from->volume != volume.id() ||
        from->offset != (*header)->offset)
      continue;
    bool unreadable = false;
    auto copy = copy_record(core, file, **header, *from, unreadable);
    if (!copy && (unreadable || copy.error().kind == ErrorKind::kCorrupt)) {
      ++report.records_damaged;
      if (unreadable) {
        core.report_unreadable(hash, copy.error());
      } else {
        core.report_damaged(hash, copy.error());
      }
      continue;
    }
    // What was copied so far is still worth committing.
    if (!copy && !moves.empty()) return moves;
    if (!copy) return std::unexpected(copy.error());
    walk.skip_record();
    bytes += copy->place.stored_bytes;
    moves.push_back({hash, *from, std::move(*copy)});
  }
  return moves;
}

class MoveRows : public kv::Change {
 public:
  MoveRows(std::shared_ptr<Core> core, std::vector<Move> moves) : core_(std::move(core)), moves_(std::move(moves)) {}

  void reads(std::vector<kv::Key>& out) const override {
    for (const Move& move : moves_) out.push_back(BlockStore::index_key(move.hash));
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const Move& move : moves_) {
      TRY(auto row, view.get(kv::Family::kBlockIndex, move.hash.view()));
      auto place = row ? decode_place(move.hash, *row) : Result<BlockPlace>(fail(ErrorKind::kNotFound, "no row"));
      const bool unchanged = place && *place == move.from;
      // Whoever holds an unsettled record may be about to put its own place into the row.
      if (!unchanged || core_->holds.is_unsettled(move.hash)) {
        unneeded_.push_back(move.to.place);
        continue;
      }
      TRY(const bool referenced, is_referenced(view, move.hash));
      if (!referenced && core_->holds.begin_remove(move.hash)) {
        batch.remove(kv::Family::kBlockIndex, std::string(move.hash.view()));
        collected_.push_back(move.hash);
        unneeded_.push_back(move.to.place);
      } else {
        batch.put(kv::Family::kBlockIndex, std::string(move.hash.view()), encode_place(move.hash, move.to.place));
        ++moved;
        bytes_moved += move.to.place.stored_bytes;
      }
      unneeded_.push_back(move.from);
    }
    return {};
  }
  void committed() override {
    end_removals();
    core_->free_places(unneeded_);
  }
  // Nothing was changed: the copies are what nobody needs.
  void failed() {
    end_removals();
    std::vector<BlockPlace> copies;
    for (const Move& move : moves_) copies.push_back(move.to.place);
    core_->free_places(copies);
  }
  size_t bytes() const override { return 256 * moves_.size(); }
  // Is every copy on the device? The volume of one may have failed before sync_volumes() came to look.
  bool is_synced() const {
    return std::ranges::all_of(moves_,
                               [](const Move& move) { return move.to.volume->syncs()->covers(move.to.write_number); });
  }

  uint64_t moved = 0;
  uint64_t bytes_moved = 0;

 private:
  void end_removals() {
    for (const BlockHash& hash : std::exchange(collected_, {})) core_->holds.end_remove(hash);
  }

  const std::shared_ptr<Core> core_;
  const std::vector<Move> moves_;
  std::vector<BlockHash> collected_;  // unreferenced rows that were left behind, by a crash for instance
  std::vector<BlockPlace> unneeded_;
};

Task<Result<void>> move_batch(std::shared_ptr<Core> core, std::vector<Move> moves, CompactReport& report) {
  auto change = std::make_shared<MoveRows>(core, std::move(moves));
  // Also where data_fsync is off: the old copy may be on the device already and is about to be destroyed.
  auto done = co_await sync_volumes(core);
  if (change->is_synced()) {
    done = {};  // what failed was another's
  } else if (done) {
    done = fail(ErrorKind::kIo, "the copies could not be synced");
  }
  if (done) done = co_await core->commits.commit(change);
  if (!done) {
    change->failed();
    co_return done;
  }
  report.records_moved += change->moved;
  report.bytes_moved += change->bytes_moved;
  co_return Result<void>();
}

Task<Result<std::optional<CompactReport>>> compact_volume(std::shared_ptr<Core> core, std::shared_ptr<Volume> volume,
                                                          std::function<bool()> give_up) {
  CompactReport report{.directory = volume->directory(), .volume = volume->id()};
  CO_TRY(auto file,
         co_await runtime::run_on(core->env.pools.disk, [&core, &volume] { return core->volumes.file(*volume); }));
  CO_TRY(auto walk, co_await runtime::run_on(core->env.pools.disk,
                                             [&file, &volume] { return VolumeWalk::start(*file, volume->id()); }));
  for (bool at_end = false; !at_end && !core->stopped;) {
    if (give_up && give_up()) co_return fail(ErrorKind::kClosed, "the compaction was given up");
    CO_TRY(auto moves, co_await runtime::run_on(core->env.pools.disk, [&core, &volume, &file, &walk, &report, &at_end] {
             return copy_batch(*core, *volume, *file, walk, report, at_end);
           }));
    if (!moves.empty()) CO_CHECK_OK(co_await move_batch(core, std::move(moves), report));
  }
  core->free_queue.add_volume(volume);
  CO_CHECK_OK(co_await runtime::run_on(core->env.pools.disk, [&core] { return core->free_queue.flush(); }));
  report.volume_removed = core->volumes.find(volume->directory(), volume->id()) == nullptr;
  if (!report.volume_removed) volume->left_by_compaction = volume->live_bytes();
  co_return report;
}

}  // namespace

Task<Result<std::optional<CompactReport>>> compact_emptiest(std::shared_ptr<Core> core, std::function<bool()> give_up) {
  if (core->compacting.exchange(true)) co_return fail(ErrorKind::kConflict, "a compaction is under way");
  Result<std::optional<CompactReport>> result = std::optional<CompactReport>();
  if (auto volume = choose(*core)) {
    result = co_await compact_volume(core, volume, std::move(give_up));
    // The next one is not kept waiting by it.
    if (!result && result.error().kind != ErrorKind::kClosed)
      volume->compaction_rests_until_ns = (core->env.clock.monotonic_now() + kRestAfterFailure).since_start.count();
  }
  core->compacting = false;
  co_return result;
}

}  // namespace garage::block
