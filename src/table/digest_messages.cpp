#include "table/digest_messages.hpp"

#include <utility>

#include "codec/big_endian.hpp"
#include "codec/tlv.hpp"
#include "table/messages.hpp"
#include "table/ord_codec.hpp"

namespace garage::table {
namespace {

enum RequestTag : uint32_t { kTagLevel = 1, kTagFamily = 2, kTagPartitions = 3, kTagBuckets = 4, kTagBehind = 5 };
enum AnswerTag : uint32_t { kTagReady = 1, kTagSums = 2, kTagKey = 3, kTagMore = 4 };
enum KeyTag : uint32_t { kTagKeyBytes = 1, kTagVersion = 2 };
constexpr size_t kSumBytes = 16;

Result<VersionedKey> decode_key(codec::TlvReader in) {
  VersionedKey out;
  while (in.next()) {
    if (in.tag() == kTagKeyBytes) out.key = in.bytes();
    if (in.tag() != kTagVersion) continue;
    if (in.bytes().size() != kOrdBytes) return fail(ErrorKind::kCorrupt, "a version of another length");
    out.version = load_ord(in.bytes().data());
  }
  CHECK_OK(in.status());
  if (out.key.empty() || out.key.size() > kRowKeyBytesMax) return fail(ErrorKind::kCorrupt, "no proper key");
  return out;
}

}  // namespace

std::string encode_digest_request(const DigestRequest& request) {
  auto out = codec::TlvWriter::nested();
  out.u64(kTagLevel, static_cast<uint64_t>(request.level));
  out.u64(kTagFamily, static_cast<uint64_t>(request.family));
  std::string partitions;
  for (const Partition partition : request.partitions) {
    partitions.push_back(static_cast<char>(partition >> 8));
    partitions.push_back(static_cast<char>(partition & 0xff));
  }
  out.bytes(kTagPartitions, partitions);
  if (request.buckets != 0) out.u64(kTagBuckets, request.buckets);
  if (!request.behind.empty()) out.bytes(kTagBehind, request.behind);
  return std::move(out).take_body();
}

Result<DigestRequest> decode_digest_request(std::string_view encoded) {
  DigestRequest request;
  uint64_t level = 0;
  uint64_t family = kv::kFamilyCount;
  std::string_view partitions;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    if (in.tag() == kTagLevel) level = in.number();
    if (in.tag() == kTagFamily) family = in.number();
    if (in.tag() == kTagPartitions) partitions = in.bytes();
    if (in.tag() == kTagBuckets) request.buckets = in.number();
    if (in.tag() == kTagBehind) request.behind = in.bytes();
  }
  CHECK_OK(in.status());
  if (level < 1 || level > 3 || family >= kv::kFamilyCount) return fail(ErrorKind::kUnsupported, "no known digest");
  request.level = static_cast<DigestLevel>(level);
  request.family = static_cast<kv::Family>(family);
  const size_t count_max = request.level == DigestLevel::kRoots ? kPartitionCount : 1;
  if (partitions.empty() || partitions.size() % 2 != 0 || partitions.size() / 2 > count_max ||
      request.behind.size() > kRowKeyBytesMax) {
    return fail(ErrorKind::kInvalid, "no proper question about digests");
  }
  for (; !partitions.empty(); partitions.remove_prefix(2)) {
    const auto partition = static_cast<Partition>(static_cast<unsigned char>(partitions[0]) << 8 |
                                                  static_cast<unsigned char>(partitions[1]));
    if (partition >= kPartitionCount) return fail(ErrorKind::kInvalid, "no such partition");
    request.partitions.push_back(partition);
  }
  return request;
}

std::string encode_digest_answer(const DigestAnswer& answer) {
  auto out = codec::TlvWriter::nested();
  if (answer.ready) out.u64(kTagReady, 1);
  std::string sums;
  for (const DigestSum& sum : answer.sums) {
    codec::append_u64_be(sums, sum.hi);
    codec::append_u64_be(sums, sum.lo);
  }
  if (!sums.empty()) out.bytes(kTagSums, sums);
  for (const VersionedKey& one : answer.keys) {
    auto body = codec::TlvWriter::nested();
    body.bytes(kTagKeyBytes, one.key);
    body.bytes(kTagVersion, view(ord_bytes(one.version)));
    out.message(kTagKey, body);
  }
  if (answer.more) out.u64(kTagMore, 1);
  return std::move(out).take_body();
}

Result<DigestAnswer> decode_digest_answer(const DigestRequest& request, std::string_view encoded) {
  DigestAnswer answer;
  std::string_view sums;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    if (in.tag() == kTagReady) answer.ready = in.number() != 0;
    if (in.tag() == kTagSums) sums = in.bytes();
    if (in.tag() == kTagMore) answer.more = in.number() != 0;
    if (in.tag() != kTagKey) continue;
    if (answer.keys.size() == kDigestKeysMax) return fail(ErrorKind::kCorrupt, "more keys than an answer holds");
    TRY(auto key, decode_key(in.message()));
    const std::string& last = answer.keys.empty() ? request.behind : answer.keys.back().key;
    if (key.key <= last) return fail(ErrorKind::kCorrupt, "keys that do not ascend");
    answer.keys.push_back(std::move(key));
  }
  CHECK_OK(in.status());
  for (; sums.size() >= kSumBytes; sums.remove_prefix(kSumBytes)) {
    answer.sums.push_back({codec::load_u64_be(sums.data()), codec::load_u64_be(sums.data() + 8)});
  }
  const bool asks_keys = request.level == DigestLevel::kKeys;
  const size_t expected = request.level == DigestLevel::kRoots ? request.partitions.size() : kDigestBuckets;
  const bool wrong = asks_keys ? answer.more && answer.keys.empty() : answer.ready && answer.sums.size() != expected;
  if (!sums.empty() || wrong) return fail(ErrorKind::kCorrupt, "sums that were not asked for");
  return answer;
}

}  // namespace garage::table
