#include "model/upload.hpp"

#include <cstring>

#include "model/body_codec.hpp"

namespace garage::model {
namespace {

// docs/formats/rows.md, "upload" and "part attempt". Numbers are never reused.
enum UploadTag : uint32_t {
  kId = 1,
  kKey = 2,
  kInitiatedMs = 3,
  kInitiator = 4,
  kHeader = 5,
  kChecksumAlgorithm = 6,
  kChecksumType = 7,
  kState = 8,
  kCompletedMd5 = 9,
  kCompletedParts = 10,
  kCompletedChecksum = 11,
  kCondition = 12,
};
enum AttemptTag : uint32_t { kPart = 1, kModifiedMs = 2 };

}  // namespace

std::string encode_upload(const Upload& upload) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kId, upload.id.view());
  writer.bytes(kKey, upload.key);
  writer.u64(kInitiatedMs, upload.initiated_ms);
  writer.bytes(kInitiator, upload.initiator);
  for (const auto& header : upload.headers) writer.bytes(kHeader, encode_header(header));
  if (upload.checksum_algorithm) writer.u64(kChecksumAlgorithm, static_cast<uint64_t>(*upload.checksum_algorithm));
  writer.u64(kChecksumType, static_cast<uint64_t>(upload.checksum_type));
  for (const auto& condition : upload.conditions) writer.bytes(kCondition, encode_header(condition));
  writer.u64(kState, static_cast<uint64_t>(upload.state));
  if (upload.state == UploadState::kCompleted) {
    writer.bytes(kCompletedMd5,
                 {reinterpret_cast<const char*>(upload.completed_etag.md5.data()), upload.completed_etag.md5.size()});
    writer.u64(kCompletedParts, upload.completed_etag.parts);
    for (const Checksum& checksum : upload.completed_checksums)
      writer.bytes(kCompletedChecksum, encode_checksum(checksum));
  }
  writer.fields(upload.unknown);
  return std::move(writer).take_body();
}

Result<Upload> decode_upload(std::string_view encoded) {
  Upload upload;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kId:
        upload.id = reader.id<Uuid>();
        break;
      case kKey:
        upload.key = reader.bytes();
        break;
      case kInitiatedMs:
        upload.initiated_ms = reader.number();
        break;
      case kInitiator:
        upload.initiator = reader.bytes();
        break;
      case kHeader: {
        TRY(auto header, decode_header(reader.bytes()));
        upload.headers.push_back(std::move(header));
        break;
      }
      case kChecksumAlgorithm:
        upload.checksum_algorithm = static_cast<crypto::ChecksumAlgorithm>(reader.number());
        break;
      case kChecksumType:
        upload.checksum_type = static_cast<crypto::ChecksumType>(reader.number());
        break;
      case kState:
        upload.state = static_cast<UploadState>(reader.number());
        break;
      case kCompletedMd5:
        if (reader.bytes().size() != upload.completed_etag.md5.size()) {
          reader.mark_damaged();
        } else {
          std::memcpy(upload.completed_etag.md5.data(), reader.bytes().data(), reader.bytes().size());
        }
        break;
      case kCompletedParts:
        upload.completed_etag.parts = static_cast<uint32_t>(reader.number());
        break;
      case kCompletedChecksum: {
        TRY(auto checksum, decode_checksum(reader.bytes()));
        upload.completed_checksums.push_back(std::move(checksum));
        break;
      }
      case kCondition: {
        TRY(auto condition, decode_header(reader.bytes()));
        upload.conditions.push_back(std::move(condition));
        break;
      }
      default:
        reader.keep(upload.unknown);
    }
  }
  CHECK_OK(reader.status());
  return upload;
}

std::string encode_part_attempt(const PartAttempt& attempt) {
  auto writer = codec::TlvWriter::nested();
  writer.message(kPart, encode_part(attempt.part));
  writer.u64(kModifiedMs, attempt.modified_ms);
  return std::move(writer).take_body();
}

Result<PartAttempt> decode_part_attempt(std::string_view encoded) {
  PartAttempt attempt;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    if (reader.tag() == kPart) {
      TRY(attempt.part, decode_part(reader.bytes()));
    } else if (reader.tag() == kModifiedMs) {
      attempt.modified_ms = reader.number();
    }
  }
  CHECK_OK(reader.status());
  return attempt;
}

std::string upload_id_text(const Uuid& id) {
  return id.hex();
}

std::optional<Uuid> parse_upload_id(std::string_view text) {
  return Uuid::from_hex(text);
}

}  // namespace garage::model
