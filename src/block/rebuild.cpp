#include "block/rebuild.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/directory_row.hpp"
#include "block/place.hpp"
#include "block/record_read.hpp"
#include "block/volume_walk.hpp"
#include "crypto/digest.hpp"

namespace garage::block {
namespace {

constexpr uint64_t kBatchBytes = 64u << 20;
constexpr size_t kBatchRecords = 1024;

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
                                      RebuildReport& report, bool& at_end) {
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
    if (!verify(file, *header, place)) {
      ++report.records_damaged;
      continue;
    }
    walk.skip_record();
    ++report.records;
    Found next{.hash = header->hash, .place = place, .bad_row = std::nullopt};
    TRY(const auto row, core.store.get(kv::Family::kBlockIndex, header->hash.view()));
    if (row) {
      auto named = decode_place(header->hash, *row);
      if (named && check_record(core.volumes, header->hash, *named)) continue;
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
    for (const Found& each : found_) {
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
    core_->free_places(replaced_);
  }
  size_t bytes() const override { return 256 * found_.size(); }
  size_t added() const { return added_.size(); }

 private:
  const std::shared_ptr<Core> core_;
  const std::vector<Found> found_;
  std::vector<BlockPlace> added_;
  std::vector<BlockPlace> replaced_;
};

// Nothing is frozen any more.
class RecordThawed : public kv::Change {
 public:
  explicit RecordThawed(std::vector<Directory> directories) : directories_(std::move(directories)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch& batch) override {
    for (const Directory& directory : directories_) {
      batch.put(kv::Family::kMeta, directory_key(directory.number),
                encode_directory(directory.number, {directory.path, directory.marker, 0}));
    }
    return {};
  }

 private:
  const std::vector<Directory> directories_;
};

Task<Result<void>> rebuild_volume(std::shared_ptr<Core> core, std::shared_ptr<Volume> volume, RebuildReport& report) {
  CO_TRY(auto file,
         co_await runtime::run_on(core->env.pools.disk, [&core, &volume] { return core->volumes.file(*volume); }));
  CO_TRY(auto walk, co_await runtime::run_on(core->env.pools.disk,
                                             [&file, &volume] { return VolumeWalk::start(*file, volume->id()); }));
  for (bool at_end = false; !at_end;) {
    if (core->stopped) co_return fail(ErrorKind::kClosed, "the block store has stopped");
    CO_TRY(auto found, co_await runtime::run_on(core->env.pools.disk, [&core, &volume, &file, &walk, &report, &at_end] {
             return find_batch(*core, *volume, *file, walk, report, at_end);
           }));
    if (found.empty()) continue;
    auto change = std::make_shared<AddRows>(core, std::move(found));
    CO_CHECK_OK(co_await core->commits.commit(change));
    report.rows_added += change->added();
  }
  ++report.volumes;
  if (walk.end_of_records() < walk.size()) ++report.torn_tails;
  co_return Result<void>();
}

}  // namespace

Task<Result<RebuildReport>> rebuild_block_index(std::shared_ptr<Core> core) {
  RebuildReport report;
  std::vector<std::shared_ptr<Volume>> frozen;
  for (const auto& volume : core->volumes.all()) {
    if (volume->frozen()) frozen.push_back(volume);
  }
  for (const auto& volume : frozen) {
    CO_CHECK_OK(co_await rebuild_volume(core, volume, report));
    LOG_INFO("block", "{}: index rebuilt, {} records so far", volume->path(), report.records);
  }
  CO_CHECK_OK(co_await core->commits.commit(std::make_shared<RecordThawed>(core->volumes.directories())));
  for (const auto& volume : frozen) {
    volume->thaw();
    core->free_queue.add_volume(volume);
  }
  core->free_rhythm.request();
  co_return report;
}

}  // namespace garage::block
