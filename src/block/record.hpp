// One record of a volume file: a header, the checksums of its pieces, the stored bytes. docs/formats/volume.md is the
// full description.
//
//   offset (a multiple of 4 KiB)
//   | fixed header, 68 bytes | a CRC32C for each 64 KiB of stored bytes | stored bytes | unused up to the next 4 KiB |
//
// Pure functions over bytes. Head means header and checksums; its own CRC32C covers both, so a record that is found
// where its head says it should be, with a hash that one asked for, is whole up to the pieces, and each piece can be
// checked alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace garage::block {

inline constexpr uint64_t kRecordAlignment = 4096;
inline constexpr uint32_t kPieceBytes = 64u << 10;
inline constexpr uint32_t kBlockBytesMax = 256u << 20;
inline constexpr size_t kFixedHeaderBytes = 68;
inline constexpr uint16_t kRecordFormat = 1;

enum class Codec : uint8_t { kRaw = 0, kZstd = 1 };

struct RecordHeader {
  Codec codec = Codec::kRaw;
  BlockHash hash;
  uint32_t raw_bytes = 0;
  uint32_t stored_bytes = 0;
  uint32_t volume = 0;
  uint64_t offset = 0;  // where the record lies in its volume
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

constexpr uint32_t piece_count(uint32_t stored_bytes) {
  return stored_bytes / kPieceBytes + (stored_bytes % kPieceBytes != 0 ? 1 : 0);
}
constexpr uint32_t head_bytes(uint32_t stored_bytes) {
  return static_cast<uint32_t>(kFixedHeaderBytes) + 4 * piece_count(stored_bytes);
}
constexpr uint64_t record_bytes(uint32_t stored_bytes) {
  return uint64_t{head_bytes(stored_bytes)} + stored_bytes;
}
constexpr uint64_t align_up(uint64_t bytes) {
  return (bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}
// What a record takes of its volume.
constexpr uint64_t extent_bytes(uint32_t stored_bytes) {
  return align_up(record_bytes(stored_bytes));
}

// The CRC32C of each piece.
std::vector<uint32_t> piece_checksums(std::string_view stored);

std::string encode_head(const RecordHeader& header, const std::vector<uint32_t>& checksums);

// What the first kFixedHeaderBytes claim about the length of the head: not verified, but within bounds. For readers
// that don't know the record yet.
Result<uint32_t> claimed_head_bytes(std::string_view bytes);

// A verified head. Borrows the bytes it was read from.
struct RecordHead {
  RecordHeader header;
  std::string_view checksums;
};

// `bytes` begins with the head. kCorrupt where a checksum or a bound fails, kUnsupported for a newer format.
Result<RecordHead> decode_head(std::string_view bytes);

// Are these the pieces from `first_piece` on? `bytes` starts at a piece's beginning and ends at one's end (or the end
// of the record).
Result<void> check_pieces(const RecordHead& head, uint32_t first_piece, std::string_view bytes);

}  // namespace garage::block
