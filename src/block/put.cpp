#include "block/put.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/log.hpp"
#include "block/append.hpp"
#include "block/compression.hpp"
#include "block/hold.hpp"
#include "block/place.hpp"
#include "block/record_read.hpp"

namespace garage::block {
namespace {

// Up to here compressing takes less time than a trip to another pool.
constexpr size_t kCompressInPlaceBytes = 64u << 10;
// Without sync: so much may be unsynced, besides one second's worth.
constexpr uint64_t kUnsyncedBytesMax = 16u << 20;

Payload make_payload(const Core& core, const Buffer& raw) {
  Payload payload{.raw_bytes = static_cast<uint32_t>(raw.size()), .stored = raw, .checksums = {}};
  if (core.options.compression_level) {
    if (auto compressed = compress(raw.view(), *core.options.compression_level)) {
      payload.codec = Codec::kZstd;
      payload.stored = std::move(*compressed);
    }
  }
  payload.checksums = piece_checksums(payload.stored.view());
  return payload;
}

// Blocking: the record that the index names, if it is whole. It is read to its end: so a block that is uploaded again
// is healed if its copy has rotted, or was lost by a power cut while data_fsync was off. Reading costs less than
// writing would.
std::optional<HeldRecord> find_record(Core& core, const BlockHash& hash, size_t raw_bytes) {
  auto value = core.store.get(kv::Family::kBlockIndex, hash.view());
  if (!value || !*value) return std::nullopt;
  auto place = decode_place(hash, **value);
  if (!place || place->raw_bytes != raw_bytes) return std::nullopt;
  if (auto checked = check_record(core.volumes, hash, *place); !checked) {
    ++core.counters.blocks_corrupt;
    LOG_WARN("block", "block {} is written anew, its copy is damaged: {}", hash.hex(), checked.error().message);
    return std::nullopt;
  }
  return HeldRecord{
      .place = *place, .volume = core.volumes.find(place->directory, place->volume), .write_number = 0, .fresh = false};
}

Task<Result<HeldRecord>> find_or_write(std::shared_ptr<Core> core, BlockHash hash, Buffer raw, bool trust_index) {
  const size_t lane = core->lane();
  if (trust_index) {
    auto row = core->store.get_if_cached(kv::Family::kBlockIndex, hash.view());
    const bool surely_new = row && row->has_value() && !(*row)->has_value();
    if (!surely_new) {
      auto found = co_await runtime::run_on(
          core->env.pools.disk, [&core, &hash, size = raw.size()] { return find_record(*core, hash, size); });
      if (found) co_return std::move(*found);
    }
  }
  std::optional<Payload> payload;
  if (core->options.compression_level && raw.size() > kCompressInPlaceBytes) {
    payload = co_await runtime::run_on(core->env.pools.compute, [&core, &raw] { return make_payload(*core, raw); });
  }
  co_return co_await runtime::run_on(core->env.pools.disk, [&core, &hash, &raw, &payload, lane] {
    if (!payload) payload = make_payload(*core, raw);
    return append_record(*core, lane, hash, *payload);
  });
}

void count_written(Core& core, const HeldRecord& record) {
  ++core.counters.blocks_written;
  core.counters.bytes_written += record.place.stored_bytes;
  if (core.options.sync) return;
  if (core.unsynced_bytes.fetch_add(record.place.stored_bytes) + record.place.stored_bytes >= kUnsyncedBytesMax) {
    core.sync_rhythm.request_now();
  } else {
    core.sync_rhythm.request();
  }
}

}  // namespace

Task<Result<BlockHold>> put_block(std::shared_ptr<Core> core, BlockHash hash, Buffer raw) {
  if (raw.empty() || raw.size() > kBlockBytesMax) {
    co_return fail(ErrorKind::kInvalid, fmt::format("a block has 1 to {} bytes, not {}", kBlockBytesMax, raw.size()));
  }
  if (core->stopped) co_return fail(ErrorKind::kClosed, "the block store has stopped");

  HoldTable::Claim claim = core->holds.claim(hash, false);
  while (claim.action == HoldTable::Claim::Action::kWait) {
    co_await std::move(*claim.wake);
    claim = core->holds.claim(hash, true);
  }
  if (claim.spoilt) core->free_places({*claim.spoilt});
  if (claim.action == HoldTable::Claim::Action::kReady) {
    ++core->counters.blocks_deduplicated;
    co_return make_hold(core, hash, claim.record.place);
  }

  auto record = co_await find_or_write(core, hash, std::move(raw), claim.trust_index);
  if (!record) {
    core->holds.abandon(hash);
    co_return std::unexpected(std::move(record).error());
  }
  const BlockPlace place = record->place;
  if (record->fresh) {
    count_written(*core, *record);
  } else {
    ++core->counters.blocks_deduplicated;
  }
  if (auto settled = core->holds.settle(hash, std::move(*record)); !settled) {
    core->free_places({place});
    co_return std::unexpected(std::move(settled).error());
  }
  co_return make_hold(core, hash, place);
}

}  // namespace garage::block
