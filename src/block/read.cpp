#include "block/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "block/place.hpp"
#include "block/record_read.hpp"

namespace garage::block {
namespace {

// Copying more than this out of the page cache would hold up the loop.
constexpr size_t kCachedReadBytesMax = (1u << 20) + 4096;
// A block moves when its volume is compacted; this often in a row never happens.
constexpr int kAttempts = 4;

struct Range {
  uint64_t offset = 0;
  uint64_t length = 0;
};

// The part of the block that was asked for; nothing if that is empty.
std::optional<Range> clamp(const BlockPlace& place, Range asked) {
  if (asked.offset >= place.raw_bytes || asked.length == 0) return std::nullopt;
  return Range{asked.offset, std::min<uint64_t>(asked.length, place.raw_bytes - asked.offset)};
}

Result<BlockPlace> to_place(const BlockHash& hash, const std::optional<std::string>& row) {
  if (!row) return fail(ErrorKind::kNotFound, fmt::format("block {} is not here", hash.hex()));
  return decode_place(hash, *row);
}

// Blocking.
Result<BlockPlace> look_up(Core& core, const BlockHash& hash) {
  TRY(const auto row, core.store.get(kv::Family::kBlockIndex, hash.view()));
  return to_place(hash, row);
}

// What a read found out: where it looked, and the stored bytes.
struct Attempt {
  std::optional<BlockPlace> place;
  Result<Buffer> stored;
};

// On the loop, if index row, file and bytes are in memory. A failure is left to the blocking way, which sees the
// device.
std::optional<Attempt> read_in_memory(Core& core, const BlockHash& hash, Range asked,
                                      std::optional<BlockPlace>& known) {
  auto row = core.store.get_if_cached(kv::Family::kBlockIndex, hash.view());
  if (!row || !*row) return std::nullopt;
  auto place = to_place(hash, **row);
  if (!place && place.error().kind == ErrorKind::kNotFound)
    return Attempt{std::nullopt, std::unexpected(place.error())};
  if (!place) return std::nullopt;
  known = *place;
  const auto range = clamp(*place, asked);
  if (!range) return Attempt{*place, Buffer()};
  if (range->length > kCachedReadBytesMax) return std::nullopt;
  auto volume = core.volumes.find(place->directory, place->volume);
  auto file = volume ? volume->file_if_open() : nullptr;
  if (!file) return std::nullopt;
  RecordRead record(hash, *place, range->offset, range->length);
  if (record.bytes_to_read() > kCachedReadBytesMax) return std::nullopt;
  auto loaded = record.load_cached(*file);
  if (!loaded || !*loaded) return std::nullopt;
  auto stored = record.finish();
  if (!stored) return std::nullopt;
  return Attempt{*place, std::move(stored)};
}

// Blocking.
Attempt read_from_disk(Core& core, const BlockHash& hash, Range asked, std::optional<BlockPlace> known) {
  auto place = known ? Result<BlockPlace>(*known) : look_up(core, hash);
  if (!place) return {std::nullopt, std::unexpected(place.error())};
  const auto range = clamp(*place, asked);
  if (!range) return {*place, Buffer()};
  auto file = open_place(core.volumes, *place);
  if (!file) return {*place, std::unexpected(file.error())};
  RecordRead record(hash, *place, range->offset, range->length);
  if (auto loaded = record.load(**file); !loaded) return {*place, std::unexpected(loaded.error())};
  return {*place, record.finish()};
}

// An unreadable sector is damage to the next writer, but may also be a device that is going away: it is not counted as
// a bad copy.
void report(Core& core, const BlockHash& hash, const Error& why) {
  if (why.kind == ErrorKind::kCorrupt || why.kind == ErrorKind::kUnsupported) {
    core.report_damaged(hash, why);
  } else {
    core.report_unreadable(hash, why);
  }
}

}  // namespace

Task<Result<Buffer>> read_block(std::shared_ptr<Core> core, BlockHash hash, uint64_t offset, uint64_t length) {
  const Range asked{offset, length};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::optional<BlockPlace> known;
    auto read = read_in_memory(*core, hash, asked, known);
    if (!read) {
      read = co_await runtime::run_on(
          core->env.pools.disk, [&core, &hash, &asked, &known] { return read_from_disk(*core, hash, asked, known); });
    }
    Result<Buffer> bytes = std::move(read->stored);
    if (bytes && read->place && !bytes->empty() && read->place->stored_bytes != read->place->raw_bytes) {
      auto work = [&hash, &read, stored = *bytes] { return unpack(hash, *read->place, stored.view()); };
      bytes = co_await runtime::run_on(core->env.pools.compute, std::move(work));
      if (bytes) {
        const auto range = clamp(*read->place, asked);
        bytes = bytes->slice(static_cast<size_t>(range->offset), static_cast<size_t>(range->length));
      }
    }
    if (bytes) {
      ++core->counters.blocks_read;
      core->counters.bytes_read += bytes->size();
      if (read->place && bytes->size() == read->place->raw_bytes) core->holds.note_whole(hash);
      co_return bytes;
    }
    if (!read->place) co_return bytes;  // the index itself: not found, or not readable

    // The block may have been removed or moved while it was read; then what was read proves nothing.
    auto now = co_await runtime::run_on(core->env.pools.disk, [&core, &hash] { return look_up(*core, hash); });
    if (!now) co_return std::unexpected(std::move(now).error());
    if (*now == *read->place) {
      report(*core, hash, bytes.error());
      co_return std::unexpected(bytes.error().within(fmt::format("block {}", hash.hex())));
    }
  }
  co_return fail(ErrorKind::kUnavailable, fmt::format("block {} moves faster than it can be read", hash.hex()));
}

}  // namespace garage::block
