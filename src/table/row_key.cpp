#include "table/row_key.hpp"

#include "base/assert.hpp"
#include "crypto/digest.hpp"
#include "crypto/xxhash.hpp"

namespace garage::table {
namespace {

constexpr size_t kPrefixBytes = BucketId::kSize + 2;
constexpr char kEscape = '\x00';
constexpr char kEscapedZero = '\xff';
constexpr char kEnd = '\x01';

void append_u16(std::string& out, uint16_t n) {
  out.push_back(static_cast<char>(n >> 8));
  out.push_back(static_cast<char>(n & 0xff));
}

void append_prefix(std::string& out, const BucketId& bucket, uint16_t shard) {
  out.append(bucket.view());
  append_u16(out, shard);
}

uint64_t shard_seed(const BucketId& bucket) {
  uint64_t seed = 0;
  for (size_t i = 8; i-- > 0;) seed = seed << 8 | bucket.bytes[i];
  return seed;
}

}  // namespace

uint16_t shard_of(const BucketId& bucket, std::string_view object_key, uint32_t spread) {
  ASSERT(spread > 0 && spread <= kSpreadMax && (spread & (spread - 1)) == 0, "spread is a power of two in its bounds");
  return static_cast<uint16_t>(crypto::xxh3_64(object_key, shard_seed(bucket)) & (spread - 1));
}

uint16_t partition_of(const BucketId& bucket, uint16_t shard) {
  const auto digest = crypto::sha256(shard_prefix(bucket, shard));
  return static_cast<uint16_t>((digest[0] << 8 | digest[1]) >> (16 - kPartitionBits));
}

std::string shard_prefix(const BucketId& bucket, uint16_t shard) {
  std::string out;
  out.reserve(kPrefixBytes);
  append_prefix(out, bucket, shard);
  return out;
}

std::string object_row_key(const BucketId& bucket, uint16_t shard, std::string_view object_key) {
  std::string out;
  out.reserve(kPrefixBytes + object_key.size());
  append_prefix(out, bucket, shard);
  out.append(object_key);
  return out;
}

std::string object_rows_prefix(const BucketId& bucket, uint16_t shard, std::string_view object_key) {
  std::string out;
  out.reserve(kPrefixBytes + object_key.size() + 32);  // room for what the caller appends
  append_prefix(out, bucket, shard);
  append_escaped(out, object_key);
  return out;
}

Result<ParsedShardPrefix> parse_shard_prefix(std::string_view row_key) {
  if (row_key.size() < kPrefixBytes) return fail(ErrorKind::kCorrupt, "a row key is shorter than its bucket and shard");
  ParsedShardPrefix out;
  out.bucket = *BucketId::from_raw(row_key.substr(0, BucketId::kSize));
  const auto high = static_cast<unsigned char>(row_key[BucketId::kSize]);
  const auto low = static_cast<unsigned char>(row_key[BucketId::kSize + 1]);
  out.shard = static_cast<uint16_t>(high << 8 | low);
  out.rest = row_key.substr(kPrefixBytes);
  return out;
}

void append_escaped(std::string& out, std::string_view text) {
  for (;;) {
    const size_t zero = text.find(kEscape);
    out.append(text.substr(0, zero));
    out.push_back(kEscape);
    if (zero == std::string_view::npos) break;
    out.push_back(kEscapedZero);
    text.remove_prefix(zero + 1);
  }
  out.push_back(kEnd);
}

Result<Unescaped> read_escaped(std::string_view bytes) {
  Unescaped out;
  for (;;) {
    const size_t zero = bytes.find(kEscape);
    if (zero == std::string_view::npos || zero + 1 == bytes.size()) {
      return fail(ErrorKind::kCorrupt, "an escaped key has no end");
    }
    out.text.append(bytes.substr(0, zero));
    const char what = bytes[zero + 1];
    bytes.remove_prefix(zero + 2);
    if (what == kEnd) break;
    if (what != kEscapedZero) return fail(ErrorKind::kCorrupt, "an unknown escape in a key");
    out.text.push_back(kEscape);
  }
  out.rest = bytes;
  return out;
}

std::string prefix_end(std::string_view prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.remove_suffix(1);
  std::string out(prefix);
  if (!out.empty()) out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

}  // namespace garage::table
