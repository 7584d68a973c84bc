#include "block/rebuild.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/directory_row.hpp"
#include "block/index_check.hpp"
#include "block/place.hpp"
#include "block/record_read.hpp"
#include "block/volume_walk.hpp"
#include "crypto/digest.hpp"
#include "runtime/sleep.hpp"
#include "runtime/stopwatch.hpp"

namespace garage::block {
namespace {

constexpr uint64_t kBatchBytes = 64u << 20;
constexpr size_t kBatchRecords = 1024;
constexpr Duration kRestMin = 1ms, kRestMax = 1s;
// An upload that holds a block ends soon; one that does not keeps the volume frozen.
constexpr int kHeldAttempts = 60;
constexpr Duration kHeldPause = 1s;

struct Found {
  BlockHash hash;
  BlockPlace place;
  std::optional<BlockPlace> bad_row;  // the index names this place, but no such record is there
};

// Blocking. The whole content is checked against the hash: what looks like a record may be the body of somebody's
// block.
Result<void> verify(env::File& file, const RecordHeader& header, const BlockPlace& place) {
  RecordRead read(header.hash, place, 0, header.raw_bytes);
  CHECK_OK(read.load(file));
  TRY(const Buffer stored, read.finish());
  if (header.codec != Codec::kRaw) {
    auto raw = unpack(header.hash, place, stored.view());
    return raw ? Result<void>() : std::unexpected(raw.error());
  }
  if (crypto::view(crypto::sha256(stored.view())) != header.hash.view())
    return fail(ErrorKind::kCorrupt, "not the block of this hash");
  return {};
}

// Blocking.
Result<std::vector<Found>> find_batch(Core& core, const Volume& volume, env::File& file, VolumeWalk& walk,
                                      RebuildReport& report, bool& at_end, bool& unread) {
  std::vector<Found> found;
  for (uint64_t bytes = 0; bytes < kBatchBytes && found.size() < kBatchRecords;) {
    TRY(const auto header, walk.next());
    if (!header) {
      at_end = true;
      break;
    }
    const BlockPlace place{.directory = volume.directory(),
                           .volume = volume.id(),
                           .offset = header->offset,
                           .raw_bytes = header->raw_bytes,
                           .stored_bytes = header->stored_bytes};
    bytes += header->stored_bytes;
    if (const auto verified = verify(file, *header, place); !verified) {
      // What cannot be read now may be whole.
      if (verified.error().kind == ErrorKind::kIo) {
        unread = true;
      } else {
        ++report.records_damaged;
      }
      continue;
    }
    walk.skip_record();
    ++report.records;
    Found next{.hash = header->hash, .place = place, .bad_row = std::nullopt};
    TRY(const auto row, core.store.get(kv::Family::kBlockIndex, header->hash.view()));
    if (row) {
      auto named = decode_place(header->hash, *row);
      if (named && (*named == place || check_record(core.volumes, header->hash, *named))) continue;
      if (named) next.bad_row = *named;
    }
    found.push_back(next);
  }
  return found;
}

class AddRows : public kv::Change {
 public:
  AddRows(std::shared_ptr<Core> core, std::vector<Found> found) : core_(std::move(core)), found_(std::move(found)) {}

  void reads(std::vector<kv::Key>& out) const override {
    for (const Found& each : found_) out.push_back(BlockStore::index_key(each.hash));
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    std::set<BlockHash> seen;
    for (const Found& each : found_) {
      // One copy is enough; the view does not show that this change has put a row for the other.
      if (!seen.insert(each.hash).second) continue;
      // Whoever holds an unsettled record may be about to put its own place into the row, and to free the old one.
      if (core_->holds.is_unsettled(each.hash)) {
        held_.push_back(each);
        continue;
      }
      TRY(auto row, view.get(kv::Family::kBlockIndex, each.hash.view()));
      if (row) {
        auto named = decode_place(each.hash, *row);
        if (named && named != each.bad_row) continue;
        if (named) replaced_.push_back(*named);
      }
      batch.put(kv::Family::kBlockIndex, std::string(each.hash.view()), encode_place(each.hash, each.place));
      added_.push_back(each.place);
    }
    return {};
  }
  void committed() override {
    for (const BlockPlace& place : added_) {
      if (auto volume = core_->volumes.find(place.directory, place.volume))
        volume->add_live(extent_bytes(place.stored_bytes));
    }
    // Only in the accounts: another record may lie there by now.
    for (const BlockPlace& place : replaced_) {
      if (auto volume = core_->volumes.find(place.directory, place.volume))
        volume->free(extent_bytes(place.stored_bytes));
    }
  }
  size_t bytes() const override { return 256 * found_.size(); }
  size_t added() const { return added_.size(); }
  // Those that an upload has in its hands: to be looked at again once it has ended.
  std::vector<Found> take_held() { return std::move(held_); }

 private:
  const std::shared_ptr<Core> core_;
  const std::vector<Found> found_;
  std::vector<BlockPlace> added_;
  std::vector<BlockPlace> replaced_;
  std::vector<Found> held_;
};

// What is frozen from now on, and known to be missing.
class RecordThawed : public kv::Change {
 public:
  explicit RecordThawed(std::vector<Directory> directories) : directories_(std::move(directories)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch& batch) override {
    for (const Directory& directory : directories_) {
      batch.put(kv::Family::kMeta, directory_key(directory.number),
                encode_directory(directory.number,
                                 {directory.path, directory.marker, directory.frozen_below, directory.missing}));
    }
    return {};
  }

 private:
  const std::vector<Directory> directories_;
};

struct Rebuild {
  std::shared_ptr<Core> core;
  std::function<bool()> give_up;
  RebuildReport report = {};

  bool ended() const { return core->stopped || (give_up && give_up()); }
};

std::unexpected<Error> given_up() {
  return fail(ErrorKind::kClosed, "the rebuild was given up");
}

// Returns the found ones that are held by an upload.
Task<Result<std::vector<Found>>> add_rows(Rebuild& rebuild, std::vector<Found> found) {
  if (found.empty()) co_return std::vector<Found>();
  auto change = std::make_shared<AddRows>(rebuild.core, std::move(found));
  CO_CHECK_OK(co_await rebuild.core->commits.commit(change));
  rebuild.report.rows_added += change->added();
  co_return change->take_held();
}

// Was all of it read, and has every record found there its row?
Task<Result<bool>> rebuild_volume(Rebuild& rebuild, std::shared_ptr<Volume> volume) {
  Core& core = *rebuild.core;
  auto file = co_await runtime::run_on(core.env.pools.disk, [&core, &volume] { return core.volumes.file(*volume); });
  if (!file) co_return false;
  auto walk = co_await runtime::run_on(core.env.pools.disk,
                                       [&file, &volume] { return VolumeWalk::start(**file, volume->id()); });
  if (!walk) co_return false;
  bool unread = false;
  std::vector<Found> held;
  for (bool at_end = false; !at_end;) {
    if (rebuild.ended()) co_return given_up();
    const runtime::Stopwatch watch;
    CO_TRY(auto found,
           co_await runtime::run_on(core.env.pools.disk, [&core, &volume, &file, &walk, &rebuild, &at_end, &unread] {
             return find_batch(core, *volume, **file, *walk, rebuild.report, at_end, unread);
           }));
    CO_TRY(auto some, co_await add_rows(rebuild, std::move(found)));
    std::ranges::move(some, std::back_inserter(held));
    // Requests come first.
    co_await runtime::sleep_for(std::clamp<Duration>(watch.elapsed(), kRestMin, kRestMax));
  }
  for (int attempt = 0; !held.empty() && attempt < kHeldAttempts; ++attempt) {
    if (rebuild.ended()) co_return given_up();
    co_await runtime::sleep_for(kHeldPause);
    CO_TRY(held, co_await add_rows(rebuild, std::move(held)));
  }
  ++rebuild.report.volumes;
  if (walk->end_of_records() < walk->size()) ++rebuild.report.torn_tails;
  co_return !unread && !walk->passed_unreadable() && held.empty();
}

// What is to be recorded: the directories as they are once `thawed` are ordinary again.
std::vector<Directory> directories_after(const Core& core, const std::set<std::shared_ptr<Volume>>& thawed,
                                         const IndexCheck& check) {
  std::vector<Directory> out = core.volumes.directories();
  for (Directory& directory : out) {
    directory.frozen_below = 0;
    for (const auto& volume : core.volumes.all()) {
      if (volume->directory() == directory.number && volume->frozen() && !thawed.contains(volume))
        directory.frozen_below = volume->id() + 1;
    }
    directory.missing.clear();
    if (const auto it = check.missing.find(directory.number); it != check.missing.end())
      directory.missing.assign(it->second.begin(), it->second.end());
  }
  return out;
}

}  // namespace

Task<Result<RebuildReport>> rebuild_block_index(std::shared_ptr<Core> core, std::function<bool()> give_up) {
  Rebuild rebuild{.core = core, .give_up = std::move(give_up)};
  std::vector<std::shared_ptr<Volume>> frozen;
  for (const auto& volume : core->volumes.all()) {
    if (volume->frozen()) frozen.push_back(volume);
  }
  std::set<std::shared_ptr<Volume>> whole;
  for (const auto& volume : frozen) {
    CO_TRY(const bool read_whole, co_await rebuild_volume(rebuild, volume));
    if (read_whole) whole.insert(volume);
    LOG_INFO("block", "{}: index rebuilt, {} records so far", volume->path(), rebuild.report.records);
  }
  rebuild.report.volumes_unread = frozen.size() - whole.size();
  CO_TRY(const IndexCheck check, co_await check_index(core, whole, whole.size() == frozen.size(), rebuild.give_up));
  rebuild.report.rows_removed = check.rows_removed;
  // What rows that were wrong have freed meanwhile is only accounted for, never punched: another record may lie there.
  CO_CHECK_OK(co_await runtime::run_on(core->env.pools.disk, [&core] { return core->free_queue.flush(); }));
  auto thawed = std::make_shared<RecordThawed>(directories_after(*core, whole, check));
  CO_CHECK_OK(co_await core->commits.commit(std::move(thawed)));
  for (const auto& volume : whole) {
    volume->thaw();
    core->free_queue.add_volume(volume);
  }
  core->free_rhythm.request();
  co_return rebuild.report;
}

}  // namespace garage::block
