#include "block/append.hpp"

#include <array>
#include <utility>

#include "base/log.hpp"

namespace garage::block {
namespace {

// What a failed write has left behind is given back before anybody else can be given that room.
void undo(Core& core, const VolumeSet::Room& room, uint64_t extent, const Error& why) {
  if (why.kind != ErrorKind::kNoSpace) {
    LOG_ERROR("block", "{}: write failed, nothing more is written to this volume: {}", room.volume->path(),
              why.message);
    room.volume->syncs()->fail(why);
    core.volumes.note_dirty(room.volume);  // others' unsynced records in it are in doubt now
  } else if (auto punched = room.file->punch_hole(room.offset, extent);
             !punched && punched.error().kind != ErrorKind::kUnsupported) {
    LOG_WARN("block", "{}: {}", room.volume->path(), punched.error().message);
  }
  room.volume->give_back(room.offset, extent);
}

Result<HeldRecord> append_in(Core& core, size_t directory, size_t lane, const BlockHash& hash, const Payload& payload) {
  const auto stored_bytes = static_cast<uint32_t>(payload.stored.size());
  const uint64_t extent = extent_bytes(stored_bytes);
  std::shared_ptr<Volume> sealed;
  auto room = core.volumes.reserve(directory, lane, extent, sealed);
  if (sealed) {
    core.free_queue.add_volume(sealed);
    core.free_rhythm.request();
  }
  if (!room) return std::unexpected(room.error());

  const std::string head = encode_head({.codec = payload.codec,
                                        .hash = hash,
                                        .raw_bytes = payload.raw_bytes,
                                        .stored_bytes = stored_bytes,
                                        .volume = room->volume->id(),
                                        .offset = room->offset},
                                       payload.checksums);
  const std::array<std::string_view, 2> pieces{head, payload.stored.view()};
  if (auto written = room->file->write_at(room->offset, pieces); !written) {
    undo(core, *room, extent, written.error());
    return std::unexpected(written.error().within(room->volume->path()));
  }
  const uint64_t number = room->volume->write_done();
  core.volumes.note_dirty(room->volume);
  return HeldRecord{.place = {.directory = room->volume->directory(),
                              .volume = room->volume->id(),
                              .offset = room->offset,
                              .raw_bytes = payload.raw_bytes,
                              .stored_bytes = stored_bytes},
                    .volume = room->volume,
                    .write_number = number,
                    .fresh = true};
}

}  // namespace

Result<HeldRecord> append_record(Core& core, size_t lane, const BlockHash& hash, const Payload& payload) {
  const MonotonicTime now = core.env.clock.monotonic_now();
  const bool moves = lane == core.compaction_lane();
  // A block that no row can name is of no use.
  if (!moves && core.store.is_short_of_space())
    return fail(ErrorKind::kNoSpace, "the disk of the metadata is nearly full");
  const uint64_t extent = extent_bytes(static_cast<uint32_t>(payload.stored.size()));
  Result<HeldRecord> result = fail(ErrorKind::kNoSpace, "no data directory to write to");
  for (size_t directory : core.volumes.order_for(hash, now)) {
    const bool room = core.volumes.has_room(directory, extent, moves, now);
    auto record = room ? append_in(core, directory, lane, hash, payload)
                       : Result<HeldRecord>(fail(ErrorKind::kNoSpace, "the data directories are nearly full"));
    if (record) return record;
    if (record.error().kind == ErrorKind::kNoSpace) {
      core.volumes.note_full(directory, now);
    } else {
      core.volumes.note_failed(directory, now);
    }
    result = std::move(record);
  }
  return result;
}

}  // namespace garage::block
