#include "block/peer_messages.hpp"

#include <utility>

#include "block/record.hpp"
#include "codec/big_endian.hpp"
#include "table/ord_codec.hpp"

namespace garage::block {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kBacklinkBytesMax = 8192;
enum Tag : uint32_t {
  kHash = 1,
  kOwner = 2,
  kBytes = 3,
  kCeiling = 4,
  kBacklink = 5,
  kUpload = 6,
  kMode = 7,
  kHashes = 8,
  kJudged = 9,
  kOffset = 10,
  kLength = 11,
};
constexpr std::string_view kHashesName = "block/hashes";

void write_reference(codec::TlvWriter& writer, const Reference& reference) {
  writer.bytes(kCeiling, table::view(table::ord_bytes(reference.ceiling)));
  writer.bytes(kBacklink, reference.backlink);
  if (!reference.upload.is_zero()) writer.bytes(kUpload, reference.upload.view());
}

// Reads whatever fields a message has; each message then says which of them it needs.
struct Fields {
  std::optional<BlockHash> hash;
  std::optional<Uuid> owner;
  std::optional<std::string_view> bytes;
  std::optional<Reference> reference;
  std::vector<BlockHash> hashes;
  std::optional<Ord> judged;
  uint64_t mode = 0, offset = 0, length = 0;
};

template <class Value>
void take(codec::TlvReader& reader, std::optional<Value>& out, std::optional<Value> read) {
  if (!read) reader.mark_damaged();
  out = std::move(read);
}

Result<Fields> read_fields(std::string_view operation, std::string_view payload) {
  TRY(auto reader, codec::TlvReader::open(operation, payload, kFormat));
  Fields out;
  const auto reference = [&out]() -> Reference& { return out.reference ? *out.reference : out.reference.emplace(); };
  while (reader.next()) {
    switch (reader.tag()) {
      case kHash:
        take(reader, out.hash, BlockHash::from_raw(reader.bytes()));
        break;
      case kOwner:
        take(reader, out.owner, Uuid::from_raw(reader.bytes()));
        break;
      case kBytes:
        out.bytes = reader.bytes();
        break;
      case kCeiling:
        if (const auto ceiling = ord_from(reader.bytes())) {
          reference().ceiling = *ceiling;
        } else {
          reader.mark_damaged();
        }
        break;
      case kBacklink:
        if (reader.bytes().size() > kBacklinkBytesMax) reader.mark_damaged();
        reference().backlink = reader.bytes();
        break;
      case kUpload:
        reference().upload = reader.id<Uuid>();
        break;
      case kMode:
        out.mode = reader.number();
        break;
      case kHashes:
        if (!read_hashes(reader.bytes(), out.hashes)) reader.mark_damaged();
        break;
      case kJudged:
        take(reader, out.judged, ord_from(reader.bytes()));
        break;
      case kOffset:
        out.offset = reader.number();
        break;
      case kLength:
        out.length = reader.number();
        break;
      default:
        break;  // of a newer program, which may not rely on our knowing it
    }
  }
  CHECK_OK(reader.status());
  return out;
}

// What an answer's checksum binds. Not the encoded question: that ends with its own checksum, behind which a CRC is the
// same for all.
std::string name_of(const ReadMessage& question) {
  std::string name(question.hash.view());
  codec::append_be(name, question.offset);
  codec::append_be(name, question.length);
  return name;
}

std::unexpected<Error> incomplete(std::string_view operation) {
  return fail(ErrorKind::kInvalid, std::string(operation) + ": a field is missing or out of bounds");
}

}  // namespace

void write_hashes(codec::TlvWriter& writer, uint32_t tag, const std::vector<BlockHash>& hashes) {
  std::string joined;
  joined.reserve(hashes.size() * BlockHash::kSize);
  for (const BlockHash& hash : hashes) joined.append(hash.view());
  writer.bytes(tag, joined);
}

bool read_hashes(std::string_view bytes, std::vector<BlockHash>& out) {
  if (bytes.size() % BlockHash::kSize != 0 || bytes.size() / BlockHash::kSize > kHashesPerMessageMax) return false;
  for (; !bytes.empty(); bytes.remove_prefix(BlockHash::kSize)) {
    out.push_back(*BlockHash::from_raw(bytes.substr(0, BlockHash::kSize)));
  }
  return out.size() <= kHashesPerMessageMax;
}

std::optional<Ord> ord_from(std::string_view bytes) {
  const auto hybrid_ms = codec::take_u64_be(bytes), tie = codec::take_u64_be(bytes);
  if (!hybrid_ms || !tie || !bytes.empty()) return std::nullopt;
  return Ord{*hybrid_ms, *tie};
}

std::string encode_put(const PutMessage& message) {
  codec::TlvWriter writer(kFormat);
  writer.reserve(message.raw.size() + 512);
  writer.bytes(kHash, message.hash.view());
  writer.bytes(kOwner, message.owner.view());
  if (message.reference) write_reference(writer, *message.reference);
  writer.bytes(kBytes, message.raw.view());
  return std::move(writer).finish(kPutOperation);
}

Result<PutMessage> decode_put(const Buffer& payload) {
  TRY(auto fields, read_fields(kPutOperation, payload.view()));
  if (!fields.hash || !fields.owner || !fields.bytes || fields.bytes->empty() ||
      fields.bytes->size() > kPeerBlockBytesMax) {
    return incomplete(kPutOperation);
  }
  return PutMessage{*fields.hash, *fields.owner, Buffer(payload.owner(), *fields.bytes), std::move(fields.reference)};
}

std::string encode_refer(const ReferMessage& message) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kOwner, message.owner.view());
  write_reference(writer, message.reference);
  writer.u64(kMode, static_cast<uint64_t>(message.mode));
  write_hashes(writer, kHashes, message.hashes);
  return std::move(writer).finish(kReferOperation);
}

Result<ReferMessage> decode_refer(std::string_view payload) {
  TRY(auto fields, read_fields(kReferOperation, payload));
  if (!fields.owner || !fields.reference || fields.hashes.empty() || fields.mode < 1 || fields.mode > 3) {
    return incomplete(kReferOperation);
  }
  return ReferMessage{*fields.owner, std::move(*fields.reference), static_cast<ReferMode>(fields.mode),
                      std::move(fields.hashes)};
}

std::string encode_drop(const DropMessage& message) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kOwner, message.owner.view());
  writer.bytes(kJudged, table::view(table::ord_bytes(message.judged)));
  write_hashes(writer, kHashes, message.hashes);
  return std::move(writer).finish(kDropOperation);
}

Result<DropMessage> decode_drop(std::string_view payload) {
  TRY(auto fields, read_fields(kDropOperation, payload));
  if (!fields.owner || !fields.judged || fields.hashes.empty()) return incomplete(kDropOperation);
  return DropMessage{*fields.owner, *fields.judged, std::move(fields.hashes)};
}

std::string encode_read(const ReadMessage& message) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kHash, message.hash.view());
  writer.u64(kOffset, message.offset);
  writer.u64(kLength, message.length);
  return std::move(writer).finish(kReadOperation);
}

Result<ReadMessage> decode_read(std::string_view payload) {
  TRY(auto fields, read_fields(kReadOperation, payload));
  if (!fields.hash || fields.length > kPeerBlockBytesMax) return incomplete(kReadOperation);
  return ReadMessage{*fields.hash, fields.offset, fields.length};
}

std::string encode_hashes(const std::vector<BlockHash>& hashes) {
  codec::TlvWriter writer(kFormat);
  write_hashes(writer, kHashes, hashes);
  return std::move(writer).finish(kHashesName);
}

Result<std::vector<BlockHash>> decode_hashes(std::string_view payload) {
  TRY(auto fields, read_fields(kHashesName, payload));
  return std::move(fields.hashes);
}

std::string encode_bytes(const ReadMessage& question, std::string_view bytes) {
  codec::TlvWriter writer(kFormat);
  writer.reserve(bytes.size() + 64);
  writer.bytes(kBytes, bytes);
  return std::move(writer).finish(name_of(question));
}

Result<Buffer> decode_bytes(const ReadMessage& question, const Buffer& payload) {
  TRY(const auto fields, read_fields(name_of(question), payload.view()));
  if (!fields.bytes || fields.bytes->size() > question.length) return incomplete(kReadOperation);
  return Buffer(payload.owner(), *fields.bytes);
}

}  // namespace garage::block
