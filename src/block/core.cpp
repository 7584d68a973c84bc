#include "block/core.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"

namespace garage::block {
namespace {

constexpr size_t kLanesMax = 16;
constexpr Duration kFreeDelay = 100ms;
constexpr Duration kRelaxedSyncDelay = 1s;

runtime::Loop& current_loop() {
  runtime::Loop* loop = runtime::Loop::current();
  ASSERT(loop != nullptr, "the block store is opened on a loop");
  return *loop;
}

Task<void> flush_frees(Core* core) {
  auto done = co_await runtime::run_on(core->env.pools.disk, [core] { return core->free_queue.flush(); });
  if (!done) {
    LOG_WARN("block", "freed room waits: {}", done.error().message);
    core->free_rhythm.request();
  }
}

Task<void> sync_in_background(Core* core) {
  core->unsynced_bytes = 0;
  auto done = co_await sync_volumes(core->shared_from_this());
  if (!done) LOG_ERROR("block", "blocks written without sync may be lost: {}", done.error().message);
}

}  // namespace

Core::Core(env::Env env_in, kv::Store& store_in, kv::CommitQueue& commits_in, BlockOptions options_in,
           std::vector<Directory> directories)
    : env(std::move(env_in)),
      store(store_in),
      commits(commits_in),
      options(std::move(options_in)),
      home(current_loop()),
      volumes(env.disk, std::move(directories),
              {.volume_bytes_max = options.volume_bytes_max,
               .open_files_max = options.open_files_max,
               .lanes = lane_count(env)}),
      free_queue(volumes, store),
      resolver(*this, home),
      free_rhythm(home, kFreeDelay, [this] { return flush_frees(this); }),
      sync_rhythm(home, kRelaxedSyncDelay, [this] { return sync_in_background(this); }) {}

size_t Core::lane_count(const env::Env& env) {
  return std::clamp<size_t>(env.loops.size(), 1, kLanesMax) + 1;
}

size_t Core::lane() const {
  const auto it = std::ranges::find(env.loops, runtime::Loop::current());
  return it == env.loops.end() ? 0 : static_cast<size_t>(it - env.loops.begin()) % (lane_count(env) - 1);
}

void Core::free_places(const std::vector<BlockPlace>& places) {
  if (places.empty()) return;
  free_queue.add(places);
  free_rhythm.request();
}

void Core::release(const BlockHash& hash) {
  const HoldTable::Release release = holds.release(hash);
  if (stopped) return;
  if (release.unindexed) free_places({*release.unindexed});
  if (release.resolve) resolver.add(hash);
}

void Core::report_damaged(const BlockHash& hash, const Error& why) {
  ++counters.blocks_corrupt;
  holds.note_damaged(hash);
  LOG_ERROR("block", "block {} is damaged: {}", hash.hex(), why.message);
  if (options.on_damaged) options.on_damaged(hash);
}

void Core::report_unreadable(const BlockHash& hash, const Error& why) {
  holds.note_damaged(hash);
  LOG_WARN("block", "block {} could not be read: {}", hash.hex(), why.message);
  if (options.on_damaged) options.on_damaged(hash);
}

Task<Result<void>> sync_volumes(std::shared_ptr<Core> core) {
  std::vector<std::pair<std::shared_ptr<Volume>, SyncGroup::Wait>> waits;
  Result<void> result;
  for (const auto& volume : core->volumes.dirty()) {
    // One that had failed before is no news: what was lost with it is refused where it is committed.
    if (volume->syncs()->failure()) {
      core->volumes.dismiss_failed(volume);
      continue;
    }
    auto file = volume->file_if_open();
    // What is unsynced is open, unless the volume was removed meanwhile: nobody needs what is in it.
    if (!file) continue;
    waits.emplace_back(volume, volume->syncs()->sync(core->env.pools.disk, std::move(file)));
  }
  for (auto& [volume, wait] : waits) {
    auto synced = co_await std::move(wait);
    if (!synced) {
      LOG_ERROR("block", "{}: sync failed, nothing more is written to this volume: {}", volume->path(),
                synced.error().message);
      core->volumes.note_failed(*volume, core->env.clock.monotonic_now());
      result = std::unexpected(synced.error().within(volume->path()));
    }
  }
  co_return result;
}

}  // namespace garage::block
