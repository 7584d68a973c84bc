#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/block_store.hpp"
#include "block/core.hpp"
#include "block/local_store.hpp"
#include "block/place.hpp"
#include "block/record.hpp"

namespace garage::block {
namespace {

using Name = std::pair<uint16_t, uint32_t>;

struct LoadedIndex {
  uint64_t blocks = 0;
  uint64_t damaged_rows = 0;
  std::map<Name, uint64_t> missing;                    // blocks whose volume is not there
  std::map<Name, std::vector<env::Extent>> resumable;  // the records of volumes that may be written to again
};

// Blocking: one pass over the index fills the accounts of the volumes.
Result<LoadedIndex> load_index(Core& core) {
  LoadedIndex loaded;
  for (const auto& volume : core.volumes.all()) {
    if (!volume->read_only() && !volume->frozen() && volume->end() < core.options.volume_bytes_max) {
      loaded.resumable[Name(volume->directory(), volume->id())];
    }
  }
  auto cursor = core.store.iterate(kv::Family::kBlockIndex, {});
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    const auto hash = BlockHash::from_raw(cursor->key());
    auto place =
        hash ? decode_place(*hash, cursor->value()) : Result<BlockPlace>(fail(ErrorKind::kCorrupt, "block index key"));
    if (!place) {
      ++loaded.damaged_rows;
      continue;
    }
    const Name name(place->directory, place->volume);
    const uint64_t extent = extent_bytes(place->stored_bytes);
    if (auto volume = core.volumes.find(place->directory, place->volume)) {
      volume->found_record(place->offset, extent);
      ++loaded.blocks;
      if (auto it = loaded.resumable.find(name); it != loaded.resumable.end())
        it->second.push_back({place->offset, extent});
    } else {
      ++loaded.missing[name];
    }
  }
  CHECK_OK(cursor->status());
  return loaded;
}

// What a crash left between the records of a volume that is written to again: records that no commit has named. Nobody
// will.
void free_gaps(Core& core, const std::shared_ptr<Volume>& volume, std::vector<env::Extent> records) {
  std::ranges::sort(records, {}, &env::Extent::offset);
  records.push_back({.offset = volume->end(), .length = 0});
  uint64_t at = 0;
  for (const env::Extent& record : records) {
    if (record.offset > at) core.free_queue.add_garbage(volume, at, record.offset - at);
    at = std::max(at, record.offset + record.length);
  }
}

// Rows go durably before what they name, so in normal life none names a volume that is not there. The last rebuild may
// have known that its disk was replaced.
bool lacks_volumes(const Core& core, const LoadedIndex& loaded) {
  for (const Directory& directory : core.volumes.directories()) {
    for (const auto& [name, blocks] : loaded.missing) {
      if (name.first == directory.number && !std::ranges::binary_search(directory.missing, name.second)) return true;
    }
  }
  return false;
}

// Nothing of what is there is written, freed or removed before the index has been rebuilt. What is to be recorded of
// the directories, so that it also holds after another start.
std::vector<Directory> freeze_all(Core& core, const LoadedIndex& loaded) {
  const auto volumes = core.volumes.all();
  for (const auto& volume : volumes) volume->freeze();
  std::vector<Directory> directories = core.volumes.directories();
  for (Directory& directory : directories) {
    directory.recorded = false;
    if (!directory.volumes.empty()) directory.frozen_below = directory.volumes.back().id + 1;
    // Empty disks: there is nothing to rebuild from.
    if (!volumes.empty()) continue;
    directory.missing.clear();
    for (const auto& [name, blocks] : loaded.missing) {
      if (name.first == directory.number) directory.missing.push_back(name.second);
    }
  }
  return directories;
}

// Returns what is to be recorded of the directories; nothing where that is known.
Result<std::vector<Directory>> start_up(Core& core) {
  TRY(LoadedIndex loaded, load_index(core));
  std::vector<Directory> to_record;
  if (loaded.damaged_rows > 0 || lacks_volumes(core, loaded)) {
    to_record = freeze_all(core, loaded);
    LOG_ERROR("block",
              "the block index is damaged or does not belong to these volumes. Was an older copy of the metadata put "
              "back, or have volumes been lost? Nothing that lies in them now is freed before the index has been "
              "rebuilt, which begins in the background");
  }
  // What the rows of a missing volume name is freed one day: it must not be the room of another volume.
  for (const auto& [name, blocks] : loaded.missing) core.volumes.skip_id(name.second);
  for (const auto& volume : core.volumes.resume_lanes()) {
    free_gaps(core, volume, std::move(loaded.resumable[Name(volume->directory(), volume->id())]));
  }
  for (const auto& volume : core.volumes.all()) {
    if (volume->removable()) core.free_queue.add_volume(volume);
  }
  if (!core.free_queue.empty()) core.free_rhythm.request();
  if (loaded.damaged_rows > 0)
    LOG_ERROR("block", "{} damaged rows in the block index: their blocks count as missing", loaded.damaged_rows);
  for (const auto& [name, blocks] : loaded.missing) {
    LOG_ERROR("block", "volume {:08x} of data directory number {} is missing: {} blocks can't be read", name.second,
              name.first, blocks);
  }
  LOG_INFO("block", "{} blocks in {} volumes", loaded.blocks, core.volumes.all().size());
  return to_record;
}

}  // namespace

Task<Result<std::unique_ptr<BlockStore>>> BlockStore::open(env::Env env, kv::Store& store, kv::CommitQueue& commits,
                                                           BlockOptions options) {
  CO_TRY(auto directories, co_await runtime::run_on(env.pools.disk, [&env, &store, &options] {
           return prepare_directories(env.disk, store, env.random, options.directories, options.index_lost);
         }));
  if (auto change = record_directories(directories)) CO_CHECK_OK(co_await commits.commit(std::move(change)));
  auto core = std::make_shared<Core>(env, store, commits, std::move(options), std::move(directories));
  CO_TRY(const auto to_record, co_await runtime::run_on(env.pools.disk, [&core] { return start_up(*core); }));
  if (auto change = record_directories(to_record)) CO_CHECK_OK(co_await commits.commit(std::move(change)));
  co_return make_local_store(std::move(core));
}

}  // namespace garage::block
