#include "object/queue_entry.hpp"

#include "codec/big_endian.hpp"
#include "codec/tlv.hpp"
#include "table/ord_codec.hpp"

namespace garage::object {
namespace {

constexpr uint8_t kFormat = 1;
enum DropTag : uint32_t { kRowKey = 1, kUuid = 2, kOrd = 3, kVersion = 4, kReplacedMs = 5 };
enum TombTag : uint32_t { kTombOrd = 1, kDeletedMs = 2 };
enum UploadTag : uint32_t { kCompleted = 1, kEndedMs = 2, kKept = 3, kFinalUpload = 4, kByRow = 5 };

Ord read_ord(codec::TlvReader& reader) {
  std::string_view raw = reader.bytes();
  const auto hybrid = codec::take_u64_be(raw), tie = codec::take_u64_be(raw);
  if (hybrid && tie) return {*hybrid, *tie};
  reader.mark_damaged();
  return {};
}

}  // namespace

std::string drop_entry_key(const Uuid& uuid) {
  return std::string(1, kDropQueue).append(uuid.view());
}

std::string encode_drop_entry(std::string_view key, const DropEntry& entry) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kRowKey, entry.row_key);
  writer.bytes(kUuid, entry.uuid.view());
  writer.bytes(kOrd, table::view(table::ord_bytes(entry.ord)));
  writer.bytes(kVersion, entry.version);
  if (entry.replaced_ms > 0) writer.u64(kReplacedMs, entry.replaced_ms);
  return std::move(writer).finish(key);
}

Result<DropEntry> decode_drop_entry(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kFormat));
  DropEntry entry;
  while (reader.next()) {
    switch (reader.tag()) {
      case kRowKey:
        entry.row_key = reader.bytes();
        break;
      case kUuid:
        entry.uuid = reader.id<Uuid>();
        break;
      case kOrd:
        entry.ord = read_ord(reader);
        break;
      case kVersion:
        entry.version = reader.bytes();
        break;
      case kReplacedMs:
        entry.replaced_ms = reader.number();
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return entry;
}

std::string tomb_entry_key(std::string_view row_key) {
  return std::string(1, kTombQueue).append(row_key);
}

std::string encode_tomb_entry(std::string_view key, const TombEntry& entry) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kTombOrd, table::view(table::ord_bytes(entry.ord)));
  writer.u64(kDeletedMs, entry.deleted_ms);
  return std::move(writer).finish(key);
}

Result<TombEntry> decode_tomb_entry(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kFormat));
  TombEntry entry;
  while (reader.next()) {
    if (reader.tag() == kTombOrd) entry.ord = read_ord(reader);
    if (reader.tag() == kDeletedMs) entry.deleted_ms = reader.number();
  }
  CHECK_OK(reader.status());
  return entry;
}

std::string upload_entry_key(std::string_view upload_row_key) {
  return std::string(1, kUploadQueue).append(upload_row_key);
}

std::string encode_upload_entry(std::string_view key, const UploadEntry& entry) {
  codec::TlvWriter writer(kFormat);
  writer.u64(kCompleted, entry.completed ? 1 : 0);
  writer.u64(kEndedMs, entry.ended_ms);
  std::string kept;
  for (const Uuid& attempt : entry.kept_attempts) kept.append(attempt.view());
  writer.bytes(kKept, kept);
  writer.bytes(kFinalUpload, entry.final_upload);
  if (entry.by_row) writer.u64(kByRow, 1);
  return std::move(writer).finish(key);
}

Result<UploadEntry> decode_upload_entry(std::string_view key, std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(key, encoded, kFormat));
  UploadEntry entry;
  while (reader.next()) {
    switch (reader.tag()) {
      case kCompleted:
        entry.completed = reader.number() != 0;
        break;
      case kEndedMs:
        entry.ended_ms = reader.number();
        break;
      case kKept: {
        std::string_view raw = reader.bytes();
        if (raw.size() % Uuid::kSize != 0) reader.mark_damaged();
        for (; raw.size() >= Uuid::kSize; raw.remove_prefix(Uuid::kSize)) {
          entry.kept_attempts.push_back(*Uuid::from_raw(raw.substr(0, Uuid::kSize)));
        }
        break;
      }
      case kFinalUpload:
        entry.final_upload = reader.bytes();
        break;
      case kByRow:
        entry.by_row = reader.number() != 0;
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return entry;
}

}  // namespace garage::object
