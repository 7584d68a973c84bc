// What a node asks another one about its digests, and what it hears: sums of partitions, one grid, keys of some
// buckets. The bytes are in docs/formats/rows.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/store.hpp"
#include "table/digest.hpp"

namespace garage::table {

enum class DigestLevel : unsigned char { kRoots = 1, kGrid = 2, kKeys = 3 };

struct DigestRequest {
  DigestLevel level = DigestLevel::kRoots;
  kv::Family family = kv::Family::kObject;
  std::vector<Partition> partitions;  // one, except for roots
  uint64_t buckets = 0;               // kKeys: a bit for each wanted
  std::string behind;                 // kKeys: only keys behind this one
};

struct VersionedKey {
  std::string key;
  Ord version;
};

struct DigestAnswer {
  bool ready = false;           // false: rows are still being counted there
  std::vector<DigestSum> sums;  // of each partition asked for, or of each bucket
  std::vector<VersionedKey> keys;
  bool more = false;  // kKeys: ask again behind the last one
};

inline constexpr size_t kDigestKeysMax = 2000;  // in one answer

std::string encode_digest_request(const DigestRequest& request);
Result<DigestRequest> decode_digest_request(std::string_view encoded);
std::string encode_digest_answer(const DigestAnswer& answer);
// Checked against what was asked.
Result<DigestAnswer> decode_digest_answer(const DigestRequest& request, std::string_view encoded);

}  // namespace garage::table
