// A multipart upload and its part attempts: rows of the upload family, beside each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "model/object_version.hpp"

namespace garage::model {

enum class UploadState : unsigned char { kOpen = 0, kCompleted = 1 };  // an aborted one is a tombstone

struct Upload {
  Uuid id;
  std::string key;
  uint64_t initiated_ms = 0;
  std::string initiator;                                     // access key id
  std::vector<std::pair<std::string, std::string>> headers;  // as in ObjectVersion
  std::optional<crypto::ChecksumAlgorithm> checksum_algorithm;
  crypto::ChecksumType checksum_type = crypto::ChecksumType::kComposite;
  // Headers of what began it that a Complete without conditions of its own is judged by: If-Match, If-None-Match.
  std::vector<std::pair<std::string, std::string>> conditions;
  UploadState state = UploadState::kOpen;
  // Of a completed one, so that completing it again with the same list answers the same.
  ETag completed_etag;
  std::vector<Checksum> completed_checksums;
  codec::UnknownFields unknown;  // tags of a newer format, kept
};

std::string encode_upload(const Upload& upload);
Result<Upload> decode_upload(std::string_view encoded);

// One attempt at a part; the latest completed attempt of a number counts.
struct PartAttempt {
  ObjectPart part;  // part.body.owner is the attempt's uuid
  uint64_t modified_ms = 0;
};
std::string encode_part_attempt(const PartAttempt& attempt);
Result<PartAttempt> decode_part_attempt(std::string_view encoded);

// Upload ids as clients see them: 32 hexadecimal digits.
std::string upload_id_text(const Uuid& id);
std::optional<Uuid> parse_upload_id(std::string_view text);

}  // namespace garage::model
