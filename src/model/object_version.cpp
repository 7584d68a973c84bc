#include "model/object_version.hpp"

#include <cstring>

#include "base/hex.hpp"
#include "codec/big_endian.hpp"
#include "model/body_codec.hpp"

namespace garage::model {
namespace {

// docs/formats/rows.md, "object version". Numbers are never reused; 20 to 29 are kept for version id, tags, retention,
// legal hold, storage class and encryption.
enum Tag : uint32_t {
  kBytes = 1,
  kMd5 = 2,
  kEtagParts = 3,
  kWriter = 4,
  kChecksum = 5,
  kHeader = 6,
  kBody = 7,
  kPart = 8,
  kPartPages = 9,
  kUpload = 10,
  kCeiling = 11,
  kOrigin = 12,
  kUnconditional = 13,
};

bool take_md5(std::string_view raw, Md5Bytes& out) {
  if (raw.size() != out.size()) return false;
  std::memcpy(out.data(), raw.data(), out.size());
  return true;
}

}  // namespace

std::string ETag::text() const {
  std::string out = to_hex({reinterpret_cast<const char*>(md5.data()), md5.size()});
  if (parts > 0) out += "-" + std::to_string(parts);
  return out;
}

const std::string* ObjectVersion::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return &value;
  }
  return nullptr;
}

std::string encode_object_version(const ObjectVersion& version) {
  auto writer = codec::TlvWriter::nested();
  writer.u64(kBytes, version.bytes);
  writer.bytes(kMd5, {reinterpret_cast<const char*>(version.etag.md5.data()), version.etag.md5.size()});
  if (version.etag.parts > 0) writer.u64(kEtagParts, version.etag.parts);
  writer.bytes(kWriter, version.writer);
  for (const Checksum& checksum : version.checksums) writer.bytes(kChecksum, encode_checksum(checksum));
  for (const auto& header : version.headers) writer.bytes(kHeader, encode_header(header));
  if (!version.is_multipart()) writer.message(kBody, encode_body(version.body));
  for (const ObjectPart& part : version.parts) writer.message(kPart, encode_part(part));
  if (version.part_pages > 0) writer.u64(kPartPages, version.part_pages);
  if (!version.upload.is_zero()) writer.bytes(kUpload, version.upload.view());
  if (version.ceiling) {
    std::string raw;
    codec::append_be(raw, version.ceiling->hybrid_ms);
    codec::append_be(raw, version.ceiling->tie);
    writer.bytes(kCeiling, raw);
  }
  if (!version.origin.is_zero()) writer.bytes(kOrigin, version.origin.view());
  if (version.unconditional) writer.u64(kUnconditional, 1);
  writer.fields(version.unknown);
  return std::move(writer).take_body();
}

Result<ObjectVersion> decode_object_version(std::string_view encoded) {
  ObjectVersion version;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kBytes:
        version.bytes = reader.number();
        break;
      case kMd5:
        if (!take_md5(reader.bytes(), version.etag.md5)) reader.mark_damaged();
        break;
      case kEtagParts:
        version.etag.parts = static_cast<uint32_t>(reader.number());
        break;
      case kWriter:
        version.writer = reader.bytes();
        break;
      case kChecksum: {
        TRY(auto checksum, decode_checksum(reader.bytes()));
        version.checksums.push_back(std::move(checksum));
        break;
      }
      case kHeader: {
        TRY(auto header, decode_header(reader.bytes()));
        version.headers.push_back(std::move(header));
        break;
      }
      case kBody: {
        TRY(version.body, decode_body(reader.bytes()));
        break;
      }
      case kPart: {
        TRY(auto part, decode_part(reader.bytes()));
        version.parts.push_back(std::move(part));
        break;
      }
      case kPartPages:
        version.part_pages = static_cast<uint32_t>(reader.number());
        break;
      case kUpload:
        version.upload = reader.id<Uuid>();
        break;
      case kOrigin:
        version.origin = reader.id<Uuid>();
        break;
      case kUnconditional:
        version.unconditional = reader.number() != 0;
        break;
      case kCeiling: {
        std::string_view raw = reader.bytes();
        const auto hybrid = codec::take_u64_be(raw), tie = codec::take_u64_be(raw);
        if (!hybrid || !tie) {
          reader.mark_damaged();
        } else {
          version.ceiling = Ord{*hybrid, *tie};
        }
        break;
      }
      default:
        reader.keep(version.unknown);
    }
  }
  CHECK_OK(reader.status());
  return version;
}

Result<ObjectSummary> summarize_object_version(std::string_view encoded) {
  ObjectSummary summary;
  auto reader = codec::TlvReader::nested(encoded);
  // Tags are written in ascending order, so that what a listing needs comes first.
  while (reader.next() && reader.tag() <= kChecksum) {
    switch (reader.tag()) {
      case kBytes:
        summary.bytes = reader.number();
        break;
      case kMd5:
        if (!take_md5(reader.bytes(), summary.etag.md5)) reader.mark_damaged();
        break;
      case kEtagParts:
        summary.etag.parts = static_cast<uint32_t>(reader.number());
        break;
      case kWriter:
        summary.writer = reader.bytes();
        break;
      case kChecksum:
        if (reader.bytes().size() >= 2) {
          summary.checksum.emplace(static_cast<crypto::ChecksumAlgorithm>(reader.bytes()[0]),
                                   static_cast<crypto::ChecksumType>(reader.bytes()[1]));
        }
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return summary;
}

Result<CompletionSummary> summarize_completion(std::string_view encoded) {
  CompletionSummary summary;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kUpload:
        summary.upload = reader.id<Uuid>();
        break;
      case kOrigin:
        summary.origin = reader.id<Uuid>();
        break;
      case kUnconditional:
        summary.unconditional = reader.number() != 0;
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return summary;
}

}  // namespace garage::model
