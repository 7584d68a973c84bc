// What a key of a bucket holds: the value of an object row. A deleted object is a tombstone row and has no
// ObjectVersion.
//
// It knows from the start what later features need; fields that no feature sets yet have their tags reserved in
// docs/formats/rows.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "codec/tlv.hpp"
#include "crypto/checksum_algorithm.hpp"

namespace garage::model {

using Md5Bytes = std::array<unsigned char, 16>;

struct ETag {
  Md5Bytes md5{};
  uint32_t parts = 0;  // 0: not a multipart object
  // Hex, and "-N" for N parts; without quotes.
  std::string text() const;
  friend bool operator==(const ETag&, const ETag&) = default;
};

struct Checksum {
  crypto::ChecksumAlgorithm algorithm = crypto::ChecksumAlgorithm::kCrc64nvme;
  crypto::ChecksumType type = crypto::ChecksumType::kFullObject;
  std::string bytes;  // raw; of a composite one without the number of parts
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

// One block of a body, in order.
struct BlockEntry {
  BlockHash hash;
  uint32_t bytes = 0;
  friend bool operator==(const BlockEntry&, const BlockEntry&) = default;
};

// Where the bytes of one owner (a version, or one part attempt) are.
struct BodyPlace {
  Uuid owner;
  uint64_t bytes = 0;
  uint32_t block_bytes = 0;        // of every block but the last
  bool is_inline = false;          // the body is the row `owner` of the inline family
  std::vector<BlockEntry> blocks;  // while few
  uint32_t manifest_pages = 0;     // else: pages 0..n-1 of `owner` in the manifest family
  friend bool operator==(const BodyPlace&, const BodyPlace&) = default;
};
inline constexpr size_t kBlocksInRowMax = 32;
inline constexpr size_t kBlocksPerManifestPage = 1024;

struct ObjectPart {
  uint32_t number = 0;
  Md5Bytes md5{};
  std::optional<Checksum> checksum;
  BodyPlace body;
  friend bool operator==(const ObjectPart&, const ObjectPart&) = default;
};
inline constexpr size_t kPartsInRowMax = 16;
inline constexpr size_t kPartsPerManifestPage = 256;

struct ObjectVersion {
  uint64_t bytes = 0;
  ETag etag;
  std::vector<Checksum> checksums;
  // Content-Type and its kin under their lower-case header names, then x-amz-meta-*, in the order they came.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string writer;             // access key id of who wrote it
  BodyPlace body;                 // unless multipart
  std::vector<ObjectPart> parts;  // multipart, while few
  uint32_t part_pages = 0;        // else: pages of parts under the row's uuid in the manifest family
  Uuid upload;                    // of a multipart object: its upload
  bool unconditional = false;     // with it: its Complete was sent without a condition; older programs did not say
  Uuid origin;                    // of an edited version: the write that brought its bytes; else zero
  std::optional<Ord> ceiling;     // end of the writer's lease; absent: the row's own ord
  codec::UnknownFields unknown;   // tags of a newer format, kept

  bool is_multipart() const { return !parts.empty() || part_pages > 0; }
  // The write that brought the bytes, where `row` is the uuid of the row that holds this version.
  const Uuid& origin_or(const Uuid& row) const { return origin.is_zero() ? row : origin; }
  const std::string* header(std::string_view lower_name) const;
  friend bool operator==(const ObjectVersion&, const ObjectVersion&) = default;
};

std::string encode_object_version(const ObjectVersion& version);
Result<ObjectVersion> decode_object_version(std::string_view encoded);

// What a listing shows, without copies.
struct ObjectSummary {
  uint64_t bytes = 0;
  ETag etag;
  std::string_view writer;
  std::optional<std::pair<crypto::ChecksumAlgorithm, crypto::ChecksumType>> checksum;
};
Result<ObjectSummary> summarize_object_version(std::string_view encoded);

// What a Complete made of an upload, without copies. A zero upload: no Complete made it.
struct CompletionSummary {
  Uuid upload;
  Uuid origin;
  bool unconditional = false;
};
Result<CompletionSummary> summarize_completion(std::string_view encoded);

// Pages of the manifest family: key = owner uuid, page number u32 big-endian.
std::string manifest_key(const Uuid& owner, uint32_t page);
std::string encode_block_page(std::string_view key, const BlockEntry* first, size_t count);
Result<std::vector<BlockEntry>> decode_block_page(std::string_view key, std::string_view encoded);
std::string encode_part_page(std::string_view key, const ObjectPart* first, size_t count);
Result<std::vector<ObjectPart>> decode_part_page(std::string_view key, std::string_view encoded);

}  // namespace garage::model
