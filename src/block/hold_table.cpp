#include "block/hold_table.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace garage::block {
namespace {

constexpr size_t kDamagedPerShardMax = 1024;

void add_once(std::vector<BlockPlace>& places, const BlockPlace& place) {
  if (std::ranges::find(places, place) == places.end()) places.push_back(place);
}

}  // namespace

bool is_lost(const HeldRecord& record) {
  return record.fresh && record.volume->syncs()->failure() && !record.volume->syncs()->covers(record.write_number);
}

HoldTable::Claim HoldTable::claim(const BlockHash& hash, bool again) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries[hash];
  if (!again) ++entry.holds;
  Claim claim;
  if (entry.busy) {
    auto [promise, future] = runtime::make_future<bool>();
    entry.waiting.push_back(std::move(promise));
    claim.action = Claim::Action::kWait;
    claim.wake.emplace(std::move(future));
    return claim;
  }
  const bool damaged = own.damaged.contains(hash);
  if (entry.record && !damaged && !is_lost(*entry.record)) {
    claim.record = *entry.record;
    return claim;
  }
  claim.action = Claim::Action::kWrite;
  claim.trust_index = entry.removals == 0 && !damaged;
  if (entry.record && entry.record->fresh && !entry.offered) claim.spoilt = entry.record->place;
  // The damage is dealt with by the record that is written now; if that fails, the next reader finds it again.
  own.damaged.erase(hash);
  entry.record.reset();
  entry.busy = true;
  entry.offered = entry.indexed = false;
  return claim;
}

Result<void> HoldTable::settle(const BlockHash& hash, HeldRecord record) {
  std::vector<runtime::Promise<bool>> waiting;
  std::optional<Error> lost;
  {
    Shard& own = shard(hash);
    std::lock_guard lock(own.mutex);
    Entry& entry = own.entries.at(hash);
    ASSERT(entry.busy && entry.holds > 0, "a claim is settled once");
    entry.busy = false;
    waiting = std::exchange(entry.waiting, {});
    if (is_lost(record)) {
      lost = record.volume->syncs()->failure();
      --entry.holds;
      drop_if_unused(own, hash);
    } else {
      entry.indexed = !record.fresh;
      entry.record = std::move(record);
    }
  }
  for (auto& waiter : waiting) waiter.set(true);
  if (lost) return std::unexpected(*lost);
  return {};
}

void HoldTable::abandon(const BlockHash& hash) {
  std::vector<runtime::Promise<bool>> waiting;
  {
    Shard& own = shard(hash);
    std::lock_guard lock(own.mutex);
    Entry& entry = own.entries.at(hash);
    ASSERT(entry.busy && entry.holds > 0, "a claim is settled once");
    entry.busy = false;
    --entry.holds;
    waiting = std::exchange(entry.waiting, {});
    drop_if_unused(own, hash);
  }
  for (auto& waiter : waiting) waiter.set(false);
}

Result<HoldTable::Offer> HoldTable::offer(const BlockHash& hash, bool need_sync) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries.at(hash);
  if (!entry.record) return fail(ErrorKind::kIo, "the block was lost while it was held");
  const HeldRecord& record = *entry.record;
  if (is_lost(record)) return std::unexpected(record.volume->syncs()->failure()->within("the block was lost"));
  if (need_sync && record.fresh && !record.volume->syncs()->covers(record.write_number)) {
    return fail(ErrorKind::kInternal, "a block is committed before it was synced");
  }
  entry.offered = true;
  return Offer{record, entry.indexed};
}

void HoldTable::note_replaced(const BlockHash& hash, const BlockPlace& by, const BlockPlace& old) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  own.entries.at(hash).replaced.push_back({by, old});
}

std::vector<BlockPlace> HoldTable::committed(const BlockHash& hash, const BlockPlace& place) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries.at(hash);
  // Not if the record was found damaged and written anew since.
  if (entry.record && entry.record->place == place) entry.indexed = true;
  std::vector<BlockPlace> unnamed;
  for (const Replacement& each : entry.replaced) {
    if (each.by == place) add_once(unnamed, each.old);
  }
  std::erase_if(entry.replaced,
                [&](const Replacement& each) { return std::ranges::find(unnamed, each.old) != unnamed.end(); });
  return unnamed;
}

HoldTable::Release HoldTable::release(const BlockHash& hash) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries.at(hash);
  ASSERT(entry.holds > 0, "a hold is let go once");
  Release out;
  if (entry.holds > 1) {
    --entry.holds;
    return out;
  }
  const bool in_doubt = entry.record && entry.record->fresh && !entry.indexed && entry.offered;
  if (in_doubt || entry.spared || !entry.replaced.empty()) {
    out.resolve = true;
    return out;
  }
  if (entry.record && entry.record->fresh && !entry.indexed) out.unindexed = entry.record->place;
  entry.record.reset();
  entry.holds = 0;
  entry.offered = entry.indexed = false;
  drop_if_unused(own, hash);
  return out;
}

std::optional<HoldTable::Condemned> HoldTable::condemn(const BlockHash& hash) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries.at(hash);
  if (entry.holds > 1 || entry.busy) return std::nullopt;
  Condemned out;
  out.record = std::exchange(entry.record, std::nullopt);
  if (out.record && out.record->fresh && !entry.indexed) add_once(out.places, out.record->place);
  for (const Replacement& each : std::exchange(entry.replaced, {})) add_once(out.places, each.old);
  entry.spared = entry.offered = entry.indexed = false;
  ++entry.removals;
  return out;
}

void HoldTable::restore(const BlockHash& hash, Condemned condemned) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries.at(hash);
  // Ask again later. If the block is being put anew by now, what the old record took is given up until the next start.
  entry.spared = true;
  if (entry.holds > 1 || entry.busy || entry.record) return;
  entry.record = std::move(condemned.record);
  entry.offered = entry.record && entry.record->fresh;
  for (const BlockPlace& place : condemned.places) {
    if (!entry.record || place != entry.record->place) entry.replaced.push_back({place, place});
  }
}

std::vector<BlockPlace> HoldTable::resolved(const BlockHash& hash, const std::optional<BlockPlace>& row) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries.at(hash);
  ASSERT(entry.holds > 0, "the resolver has a hold");
  std::vector<BlockPlace> unnamed;
  // Somebody who came meanwhile may have a commit under way: the question passes to the last of them.
  if (--entry.holds > 0) return unnamed;
  if (entry.record && entry.record->fresh && !entry.indexed && entry.record->place != row)
    add_once(unnamed, entry.record->place);
  for (const Replacement& each : entry.replaced) {
    if (each.old != row) add_once(unnamed, each.old);
  }
  entry.record.reset();
  entry.replaced.clear();
  entry.spared = entry.offered = entry.indexed = false;
  drop_if_unused(own, hash);
  return unnamed;
}

bool HoldTable::begin_remove(const BlockHash& hash) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries[hash];
  if (entry.holds > 0) {
    entry.spared = true;
    return false;
  }
  ++entry.removals;
  return true;
}

void HoldTable::end_remove(const BlockHash& hash) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  Entry& entry = own.entries.at(hash);
  ASSERT(entry.removals > 0, "a removal ends once");
  --entry.removals;
  drop_if_unused(own, hash);
}

bool HoldTable::is_unsettled(const BlockHash& hash) const {
  const Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  auto it = own.entries.find(hash);
  if (it == own.entries.end() || it->second.holds == 0) return false;
  return it->second.busy || !it->second.indexed;
}

bool HoldTable::has_lost(const BlockHash& hash) const {
  const Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  const std::optional<HeldRecord>& record = own.entries.at(hash).record;
  return !record || is_lost(*record);
}

void HoldTable::note_damaged(const BlockHash& hash) {
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  if (own.damaged.size() < kDamagedPerShardMax) own.damaged.insert(hash);
  any_damaged_.store(true, std::memory_order_relaxed);
}

void HoldTable::note_whole(const BlockHash& hash) {
  if (!any_damaged_.load(std::memory_order_relaxed)) return;
  Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  own.damaged.erase(hash);
}

bool HoldTable::is_damaged(const BlockHash& hash) const {
  const Shard& own = shard(hash);
  std::lock_guard lock(own.mutex);
  return own.damaged.contains(hash);
}

void HoldTable::drop_if_unused(Shard& shard, const BlockHash& hash) {
  auto it = shard.entries.find(hash);
  if (it != shard.entries.end() && it->second.holds == 0 && it->second.removals == 0) shard.entries.erase(it);
}

}  // namespace garage::block
