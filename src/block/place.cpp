#include "block/place.hpp"

#include "block/record.hpp"
#include "codec/tlv.hpp"

namespace garage::block {
namespace {

constexpr uint8_t kPlaceFormat = 1;
enum Tag : uint32_t { kDirectory = 1, kVolume = 2, kOffset = 3, kRawBytes = 4, kStoredBytes = 5 };

}  // namespace

std::string encode_place(const BlockHash& hash, const BlockPlace& place) {
  codec::TlvWriter writer(kPlaceFormat);
  writer.u64(kDirectory, place.directory);
  writer.u64(kVolume, place.volume);
  writer.u64(kOffset, place.offset);
  writer.u64(kRawBytes, place.raw_bytes);
  writer.u64(kStoredBytes, place.stored_bytes);
  return std::move(writer).finish(hash.view());
}

Result<BlockPlace> decode_place(const BlockHash& hash, std::string_view value) {
  TRY(auto reader, codec::TlvReader::open(hash.view(), value, kPlaceFormat));
  uint64_t directory = 0, volume = 0, offset = 0, raw_bytes = 0, stored_bytes = 0;
  while (reader.next()) {
    switch (reader.tag()) {
      case kDirectory:
        directory = reader.number();
        break;
      case kVolume:
        volume = reader.number();
        break;
      case kOffset:
        offset = reader.number();
        break;
      case kRawBytes:
        raw_bytes = reader.number();
        break;
      case kStoredBytes:
        stored_bytes = reader.number();
        break;
      default:
        break;  // a row is made anew when its record moves, never edited
    }
  }
  CHECK_OK(reader.status());
  const bool possible = directory <= UINT16_MAX && volume <= UINT32_MAX && offset % kRecordAlignment == 0 &&
                        offset <= INT64_MAX / 2 && raw_bytes >= 1 && raw_bytes <= kBlockBytesMax && stored_bytes >= 1 &&
                        stored_bytes <= raw_bytes;
  if (!possible) return fail(ErrorKind::kCorrupt, "block index row: numbers out of bounds");
  return BlockPlace{.directory = static_cast<uint16_t>(directory),
                    .volume = static_cast<uint32_t>(volume),
                    .offset = offset,
                    .raw_bytes = static_cast<uint32_t>(raw_bytes),
                    .stored_bytes = static_cast<uint32_t>(stored_bytes)};
}

kv::Key BlockStore::index_key(const BlockHash& hash) {
  return {kv::Family::kBlockIndex, std::string(hash.view())};
}

}  // namespace garage::block
