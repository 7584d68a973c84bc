#include "model/body_codec.hpp"

#include <cstring>

#include "codec/big_endian.hpp"
#include "codec/varint.hpp"

namespace garage::model {
namespace {

enum BodyTag : uint32_t { kOwner = 1, kBytes = 2, kInline = 3, kBlocks = 4, kPages = 5, kBlockBytes = 6 };
enum PartTag : uint32_t { kNumber = 1, kMd5 = 2, kChecksum = 3, kBody = 4 };
constexpr uint8_t kPageFormat = 1;
enum PageTag : uint32_t { kPageBlocks = 1, kPagePart = 2 };

// Blocks in a row or page: hash, then length as u32 big-endian, one after another.
constexpr size_t kBlockEntryBytes = BlockHash::kSize + 4;

void append_blocks(std::string& out, const BlockEntry* first, size_t count) {
  out.reserve(out.size() + count * kBlockEntryBytes);
  for (size_t i = 0; i < count; ++i) {
    out.append(first[i].hash.view());
    codec::append_be(out, first[i].bytes);
  }
}

Result<std::vector<BlockEntry>> read_blocks(std::string_view raw) {
  if (raw.size() % kBlockEntryBytes != 0) return fail(ErrorKind::kCorrupt, "block list: not a whole number of entries");
  std::vector<BlockEntry> blocks(raw.size() / kBlockEntryBytes);
  for (BlockEntry& block : blocks) {
    std::memcpy(block.hash.bytes.data(), raw.data(), BlockHash::kSize);
    block.bytes = codec::load_be<uint32_t>(raw.data() + BlockHash::kSize);
    raw.remove_prefix(kBlockEntryBytes);
  }
  return blocks;
}

}  // namespace

std::string encode_checksum(const Checksum& checksum) {
  std::string out{static_cast<char>(checksum.algorithm), static_cast<char>(checksum.type)};
  return out + checksum.bytes;
}

Result<Checksum> decode_checksum(std::string_view encoded) {
  if (encoded.size() < 2) return fail(ErrorKind::kCorrupt, "checksum: too short");
  return Checksum{static_cast<crypto::ChecksumAlgorithm>(encoded[0]), static_cast<crypto::ChecksumType>(encoded[1]),
                  std::string(encoded.substr(2))};
}

std::string encode_header(const HeaderPair& header) {
  std::string out;
  codec::append_varint(out, header.first.size());
  return out.append(header.first).append(header.second);
}

Result<HeaderPair> decode_header(std::string_view encoded) {
  const auto length = codec::take_varint(encoded);
  if (!length || *length > encoded.size()) return fail(ErrorKind::kCorrupt, "header: name longer than its field");
  return HeaderPair(encoded.substr(0, *length), encoded.substr(*length));
}

codec::TlvWriter encode_body(const BodyPlace& body) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kOwner, body.owner.view());
  writer.u64(kBytes, body.bytes);
  if (body.is_inline) writer.u64(kInline, 1);
  if (!body.blocks.empty()) {
    std::string raw;
    append_blocks(raw, body.blocks.data(), body.blocks.size());
    writer.bytes(kBlocks, raw);
  }
  if (body.manifest_pages > 0) writer.u64(kPages, body.manifest_pages);
  if (body.block_bytes > 0) writer.u64(kBlockBytes, body.block_bytes);
  return writer;
}

Result<BodyPlace> decode_body(std::string_view encoded) {
  BodyPlace body;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kOwner:
        body.owner = reader.id<Uuid>();
        break;
      case kBytes:
        body.bytes = reader.number();
        break;
      case kInline:
        body.is_inline = reader.number() != 0;
        break;
      case kBlocks: {
        TRY(body.blocks, read_blocks(reader.bytes()));
        break;
      }
      case kPages:
        body.manifest_pages = static_cast<uint32_t>(reader.number());
        break;
      case kBlockBytes:
        body.block_bytes = static_cast<uint32_t>(reader.number());
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return body;
}

codec::TlvWriter encode_part(const ObjectPart& part) {
  auto writer = codec::TlvWriter::nested();
  writer.u64(kNumber, part.number);
  writer.bytes(kMd5, {reinterpret_cast<const char*>(part.md5.data()), part.md5.size()});
  if (part.checksum) writer.bytes(kChecksum, encode_checksum(*part.checksum));
  writer.message(kBody, encode_body(part.body));
  return writer;
}

Result<ObjectPart> decode_part(std::string_view encoded) {
  ObjectPart part;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kNumber:
        part.number = static_cast<uint32_t>(reader.number());
        break;
      case kMd5:
        if (reader.bytes().size() != part.md5.size()) return fail(ErrorKind::kCorrupt, "part: not an MD5");
        std::memcpy(part.md5.data(), reader.bytes().data(), part.md5.size());
        break;
      case kChecksum: {
        TRY(auto checksum, decode_checksum(reader.bytes()));
        part.checksum = std::move(checksum);
        break;
      }
      case kBody: {
        TRY(part.body, decode_body(reader.bytes()));
        break;
      }
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return part;
}

std::string manifest_key(const Uuid& owner, uint32_t page) {
  std::string key(owner.view());
  codec::append_be(key, page);
  return key;
}

std::string encode_block_page(std::string_view key, const BlockEntry* first, size_t count) {
  std::string raw;
  append_blocks(raw, first, count);
  codec::TlvWriter writer(kPageFormat);
  writer.bytes(kPageBlocks, raw);
  return std::move(writer).finish(key);
}

Result<std::vector<BlockEntry>> decode_block_page(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kPageFormat));
  std::vector<BlockEntry> blocks;
  while (reader.next()) {
    if (reader.tag() != kPageBlocks) continue;
    TRY(blocks, read_blocks(reader.bytes()));
  }
  CHECK_OK(reader.status());
  return blocks;
}

std::string encode_part_page(std::string_view key, const ObjectPart* first, size_t count) {
  codec::TlvWriter writer(kPageFormat);
  for (size_t i = 0; i < count; ++i) writer.message(kPagePart, encode_part(first[i]));
  return std::move(writer).finish(key);
}

Result<std::vector<ObjectPart>> decode_part_page(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kPageFormat));
  std::vector<ObjectPart> parts;
  while (reader.next()) {
    if (reader.tag() != kPagePart) continue;
    TRY(auto part, decode_part(reader.bytes()));
    parts.push_back(std::move(part));
  }
  CHECK_OK(reader.status());
  return parts;
}

}  // namespace garage::model
