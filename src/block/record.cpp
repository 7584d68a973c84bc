#include "block/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "codec/big_endian.hpp"
#include "crypto/crc.hpp"

namespace garage::block {
namespace {

constexpr std::string_view kMagic = "GARAGEVR";

// Where the fields of the fixed header lie.
constexpr size_t kFormatAt = 8;
constexpr size_t kCodecAt = 10;
constexpr size_t kZeroAt = 11;
constexpr size_t kRawBytesAt = 12;
constexpr size_t kStoredBytesAt = 16;
constexpr size_t kVolumeAt = 20;
constexpr size_t kOffsetAt = 24;
constexpr size_t kHashAt = 32;
constexpr size_t kChecksumAt = 64;
static_assert(kChecksumAt + 4 == kFixedHeaderBytes);

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(ErrorKind::kCorrupt, fmt::format("volume record: {}", what));
}

uint32_t head_checksum(std::string_view fields, std::string_view checksums) {
  return crypto::crc32c_extend(crypto::crc32c(fields), checksums);
}

}  // namespace

std::vector<uint32_t> piece_checksums(std::string_view stored) {
  std::vector<uint32_t> out;
  out.reserve(piece_count(static_cast<uint32_t>(stored.size())));
  for (size_t at = 0; at < stored.size(); at += kPieceBytes)
    out.push_back(crypto::crc32c(stored.substr(at, kPieceBytes)));
  return out;
}

std::string encode_head(const RecordHeader& header, const std::vector<uint32_t>& checksums) {
  ASSERT(checksums.size() == piece_count(header.stored_bytes), "a checksum for each piece");
  std::string out;
  out.reserve(head_bytes(header.stored_bytes));
  out.append(kMagic);
  codec::append_u16_be(out, kRecordFormat);
  out.push_back(static_cast<char>(header.codec));
  out.push_back('\0');
  codec::append_u32_be(out, header.raw_bytes);
  codec::append_u32_be(out, header.stored_bytes);
  codec::append_u32_be(out, header.volume);
  codec::append_u64_be(out, header.offset);
  out.append(header.hash.view());

  std::string table;
  table.reserve(4 * checksums.size());
  for (uint32_t checksum : checksums) codec::append_u32_be(table, checksum);
  codec::append_u32_be(out, head_checksum(out, table));
  out.append(table);
  return out;
}

Result<uint32_t> claimed_head_bytes(std::string_view bytes) {
  if (bytes.size() < kFixedHeaderBytes) return corrupt("header cut off");
  if (!bytes.starts_with(kMagic)) return corrupt("no header here");
  const uint16_t format = codec::load_u16_be(bytes.data() + kFormatAt);
  if (format != kRecordFormat) {
    return fail(ErrorKind::kUnsupported, fmt::format("volume record: format {} is not known to this program", format));
  }
  const uint32_t raw_bytes = codec::load_u32_be(bytes.data() + kRawBytesAt);
  const uint32_t stored_bytes = codec::load_u32_be(bytes.data() + kStoredBytesAt);
  if (raw_bytes == 0 || raw_bytes > kBlockBytesMax || stored_bytes == 0 || stored_bytes > raw_bytes) {
    return corrupt("lengths out of bounds");
  }
  return head_bytes(stored_bytes);
}

Result<RecordHead> decode_head(std::string_view bytes) {
  TRY(const uint32_t length, claimed_head_bytes(bytes));
  if (bytes.size() < length) return corrupt("checksums cut off");
  RecordHead head;
  head.checksums = bytes.substr(kFixedHeaderBytes, length - kFixedHeaderBytes);
  if (codec::load_u32_be(bytes.data() + kChecksumAt) != head_checksum(bytes.substr(0, kChecksumAt), head.checksums)) {
    return corrupt("header checksum mismatch");
  }
  RecordHeader& header = head.header;
  const auto codec_number = static_cast<unsigned char>(bytes[kCodecAt]);
  if (codec_number > static_cast<unsigned char>(Codec::kZstd) || bytes[kZeroAt] != '\0') {
    return fail(ErrorKind::kUnsupported,
                fmt::format("volume record: codec {} is not known to this program", codec_number));
  }
  header.codec = static_cast<Codec>(codec_number);
  header.raw_bytes = codec::load_u32_be(bytes.data() + kRawBytesAt);
  header.stored_bytes = codec::load_u32_be(bytes.data() + kStoredBytesAt);
  header.volume = codec::load_u32_be(bytes.data() + kVolumeAt);
  header.offset = codec::load_u64_be(bytes.data() + kOffsetAt);
  std::memcpy(header.hash.bytes.data(), bytes.data() + kHashAt, BlockHash::kSize);
  // So that a place alone tells whether a record is compressed.
  if ((header.codec == Codec::kRaw) != (header.raw_bytes == header.stored_bytes))
    return corrupt("lengths do not fit the codec");
  return head;
}

Result<void> check_pieces(const RecordHead& head, uint32_t first_piece, std::string_view bytes) {
  const uint32_t stored = head.header.stored_bytes;
  const uint64_t from = uint64_t{first_piece} * kPieceBytes;
  ASSERT(from + bytes.size() <= stored, "the pieces lie within the record");
  for (size_t at = 0, piece = first_piece; at < bytes.size(); at += kPieceBytes, ++piece) {
    const auto length = static_cast<size_t>(std::min<uint64_t>(kPieceBytes, stored - (from + at)));
    ASSERT(at + length <= bytes.size(), "whole pieces are checked");
    if (crypto::crc32c(bytes.substr(at, length)) != codec::load_u32_be(head.checksums.data() + 4 * piece)) {
      return corrupt(fmt::format("piece {} of {} damaged", piece, piece_count(stored)));
    }
  }
  return {};
}

}  // namespace garage::block
