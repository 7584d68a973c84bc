#include "table/partition.hpp"

#include "base/ids.hpp"
#include "crypto/digest.hpp"

namespace garage::table {
namespace {

constexpr size_t kShardPrefixBytes = BucketId::kSize + 2;
constexpr uint32_t kShift = 16 - kPartitionBits;

Partition top_bits(unsigned char first, unsigned char second) {
  return static_cast<Partition>((first << 8 | second) >> kShift);
}

Partition of_digest(std::string_view bytes) {
  const auto digest = crypto::sha256(bytes);
  return top_bits(digest[0], digest[1]);
}

std::string two_bytes(uint32_t n) {
  return {static_cast<char>(n >> 8), static_cast<char>(n & 0xff)};
}

}  // namespace

std::optional<Partition> partition_of_row(kv::Family family, std::string_view key) {
  switch (family) {
    case kv::Family::kObject:
    case kv::Family::kVersion:
    case kv::Family::kUpload:
      if (key.size() < kShardPrefixBytes) return std::nullopt;
      return of_digest(key.substr(0, kShardPrefixBytes));
    case kv::Family::kBlockRef:
      if (key.size() < BlockHash::kSize) return std::nullopt;
      return top_bits(static_cast<unsigned char>(key[0]), static_cast<unsigned char>(key[1]));
    case kv::Family::kSettings:
      return of_digest(key);
    default:
      return std::nullopt;
  }
}

KeyStretch stretch_of_hashes(Partition partition) {
  const uint32_t next = partition + 1u;
  return {two_bytes(uint32_t{partition} << kShift), next < kPartitionCount ? two_bytes(next << kShift) : std::string()};
}

}  // namespace garage::table
