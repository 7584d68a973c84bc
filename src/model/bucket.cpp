#include "model/bucket.hpp"

#include "codec/tlv.hpp"

namespace garage::model {
namespace {

// docs/formats/rows.md, "bucket". Numbers are never reused.
enum Tag : uint32_t {
  kId = 1,
  kCreatedMs = 2,
  kSpread = 3,
  kSpreadGeneration = 4,
  kCreator = 5,
  kGlobalAlias = 6,
  kLocalAlias = 7,  // nested: key id, name
  kPermission = 8,  // nested: key id, bits
  kWebsite = 9,     // nested: website.cpp
  kQuotaBytes = 10,
  kQuotaObjects = 11,
  kCors = 12,       // nested: cors.cpp
  kBucketTag = 13,  // nested: key, value
  kDeletionAttempt = 14,
  kDeletionSinceMs = 15,
};

uint64_t to_bits(Permission p) {
  return (p.read ? 1u : 0u) | (p.write ? 2u : 0u) | (p.owner ? 4u : 0u);
}
Permission from_bits(uint64_t bits) {
  return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
}

struct Pair {
  std::string first, second;
  uint64_t number = 0;
};

// Nested bodies of this file all have the form: text 1, then text 2 or number 3.
Pair read_pair(codec::TlvReader reader) {
  Pair out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        out.first = reader.bytes();
        break;
      case 2:
        out.second = reader.bytes();
        break;
      case 3:
        out.number = reader.number();
        break;
      default:
        break;
    }
  }
  return out;
}

codec::TlvWriter pair_of(std::string_view first, std::string_view second) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(1, first);
  writer.bytes(2, second);
  return writer;
}

}  // namespace

Permission Bucket::permission_of(std::string_view key_id) const {
  auto it = permissions.find(std::string(key_id));
  return it == permissions.end() ? Permission{} : it->second;
}

std::string Bucket::display_name() const {
  if (!global_aliases.empty()) return *global_aliases.begin();
  if (!local_aliases.empty()) return local_aliases.begin()->second;
  return id.hex();
}

std::string encode_bucket(const Bucket& bucket) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kId, bucket.id.view());
  writer.u64(kCreatedMs, bucket.created_ms);
  writer.u64(kSpread, bucket.spread);
  writer.u64(kSpreadGeneration, bucket.spread_generation);
  if (!bucket.creator.empty()) writer.bytes(kCreator, bucket.creator);
  for (const auto& alias : bucket.global_aliases) writer.bytes(kGlobalAlias, alias);
  for (const auto& [key_id, alias] : bucket.local_aliases) writer.message(kLocalAlias, pair_of(key_id, alias));
  for (const auto& [key_id, permission] : bucket.permissions) {
    auto nested = codec::TlvWriter::nested();
    nested.bytes(1, key_id);
    nested.u64(3, to_bits(permission));
    writer.message(kPermission, nested);
  }
  if (bucket.website) writer.message(kWebsite, encode_website(*bucket.website));
  if (bucket.quotas.bytes_max) writer.u64(kQuotaBytes, *bucket.quotas.bytes_max);
  if (bucket.quotas.objects_max) writer.u64(kQuotaObjects, *bucket.quotas.objects_max);
  if (bucket.cors) writer.message(kCors, encode_cors(*bucket.cors));
  for (const auto& [key, value] : bucket.tags) writer.message(kBucketTag, pair_of(key, value));
  if (bucket.deletion) {
    writer.bytes(kDeletionAttempt, bucket.deletion->attempt.view());
    writer.u64(kDeletionSinceMs, bucket.deletion->since_ms);
  }
  writer.fields(bucket.unknown);
  return std::move(writer).take_body();
}

Result<Bucket> decode_bucket(std::string_view encoded) {
  Bucket bucket;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kId:
        bucket.id = reader.id<BucketId>();
        break;
      case kCreatedMs:
        bucket.created_ms = reader.number();
        break;
      case kSpread:
        bucket.spread = static_cast<uint32_t>(reader.number());
        break;
      case kSpreadGeneration:
        bucket.spread_generation = static_cast<uint32_t>(reader.number());
        break;
      case kCreator:
        bucket.creator = reader.bytes();
        break;
      case kGlobalAlias:
        bucket.global_aliases.emplace(reader.bytes());
        break;
      case kLocalAlias: {
        auto pair = read_pair(reader.message());
        bucket.local_aliases.emplace(std::move(pair.first), std::move(pair.second));
        break;
      }
      case kPermission: {
        auto pair = read_pair(reader.message());
        bucket.permissions[pair.first] = from_bits(pair.number);
        break;
      }
      case kWebsite:
        bucket.website = decode_website(reader.message());
        break;
      case kCors:
        bucket.cors = decode_cors(reader.message());
        break;
      case kBucketTag: {
        auto pair = read_pair(reader.message());
        bucket.tags.emplace(std::move(pair.first), std::move(pair.second));
        break;
      }
      case kQuotaBytes:
        bucket.quotas.bytes_max = reader.number();
        break;
      case kQuotaObjects:
        bucket.quotas.objects_max = reader.number();
        break;
      case kDeletionAttempt:
        bucket.deletion = Deletion{reader.id<Uuid>(), 0};
        break;
      case kDeletionSinceMs:
        if (bucket.deletion) bucket.deletion->since_ms = reader.number();
        break;
      default:
        reader.keep(bucket.unknown);
    }
  }
  CHECK_OK(reader.status());
  if (bucket.spread == 0 || bucket.spread > 64 || (bucket.spread & (bucket.spread - 1)) != 0) {
    return fail(ErrorKind::kCorrupt, "bucket row: spread is not a power of two up to 64");
  }
  return bucket;
}

}  // namespace garage::model
