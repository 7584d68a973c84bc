#include "block/presence.hpp"

#include <algorithm>
#include <utility>

#include "block/place.hpp"

namespace garage::block {
namespace {

// Where a block lies, and what has to be synced before it is sure to be on the device.
struct Found {
  std::shared_ptr<Volume> volume;
  uint64_t doubted = 0;  // a write of the volume that was noted for the sake of a sync; 0: none
};

// What an earlier process wrote and did not sync is nobody's unsynced write now. So each volume that was found at start
// is synced once before it is vouched for, also where sync is on: it may have been off then. Blocking.
void doubt_earlier_writes(Core& core, Found& found) {
  if (found.volume->size_at_start() == 0 || found.volume->synced_since_start) return;
  if (!core.volumes.file(*found.volume)) {
    found.volume = nullptr;
    return;
  }
  found.doubted = found.volume->syncs()->note_write();
  core.volumes.note_dirty(found.volume);
}

Result<std::vector<Found>> find_all(Core& core, const std::vector<BlockHash>& hashes) {
  std::vector<Found> out;
  for (const BlockHash& hash : hashes) {
    TRY(auto volume, volume_of(core, hash));
    Found& found = out.emplace_back(std::move(volume));
    const auto same = std::ranges::find(out, found.volume, &Found::volume);
    if (&*same != &found) {
      found.doubted = same->doubted;
    } else if (found.volume) {
      doubt_earlier_writes(core, found);
    }
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<Volume>> volume_of(Core& core, const BlockHash& hash) {
  TRY(const auto value, core.store.get(kv::Family::kBlockIndex, hash.view()));
  if (!value) return nullptr;
  const auto place = decode_place(hash, *value);
  // Who asks may let go of its own copy then: one that is known to be damaged is none.
  if (!place || core.holds.is_damaged(hash)) return nullptr;
  return core.volumes.find(place->directory, place->volume);
}

Task<Result<std::vector<bool>>> has_durably(std::shared_ptr<Core> core, std::vector<BlockHash> hashes) {
  CO_TRY(const auto all, co_await runtime::run_on(core->env.pools.disk, [&] { return find_all(*core, hashes); }));
  const bool relaxed = !core->options.sync;  // else what this process wrote is in the index only if it was synced
  const bool doubted = std::ranges::any_of(all, [](const Found& found) { return found.doubted != 0; });
  if (relaxed || doubted) (void)co_await sync_volumes(core);  // what fails is seen below, whoever met it first
  std::vector<bool> out;
  for (const Found& found : all) {
    bool durable = found.volume && !(relaxed && found.volume->syncs()->failure());
    if (found.doubted != 0) {
      durable = durable && found.volume->syncs()->covers(found.doubted);
      if (durable) found.volume->synced_since_start = true;
    }
    out.push_back(durable);
  }
  co_return std::move(out);
}

}  // namespace garage::block
