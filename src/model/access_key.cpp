#include "model/access_key.hpp"

#include <algorithm>

#include "base/hex.hpp"

namespace garage::model {
namespace {

// docs/formats/rows.md, "access key". Numbers are never reused.
enum Tag : uint32_t {
  kId = 1,
  kSecret = 2,
  kName = 3,
  kCreatedMs = 4,
  kExpiresMs = 5,
  kMayCreateBuckets = 6,
  kLocalAlias = 7,  // nested: name 1, bucket id 2
};

std::string random_hex(runtime::Random& random, size_t bytes) {
  std::string raw(bytes, '\0');
  random.fill({reinterpret_cast<unsigned char*>(raw.data()), raw.size()});
  return to_hex(raw);
}

}  // namespace

std::string encode_access_key(const AccessKey& key) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kId, key.id);
  writer.bytes(kSecret, key.secret.reveal());
  writer.bytes(kName, key.name);
  writer.u64(kCreatedMs, key.created_ms);
  if (key.expires_ms) writer.u64(kExpiresMs, *key.expires_ms);
  if (key.may_create_buckets) writer.u64(kMayCreateBuckets, 1);
  for (const auto& [alias, bucket] : key.local_aliases) {
    auto nested = codec::TlvWriter::nested();
    nested.bytes(1, alias);
    nested.bytes(2, bucket.view());
    writer.message(kLocalAlias, nested);
  }
  writer.fields(key.unknown);
  return std::move(writer).take_body();
}

Result<AccessKey> decode_access_key(std::string_view encoded) {
  AccessKey key;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kId:
        key.id = reader.bytes();
        break;
      case kSecret:
        key.secret = Secret(std::string(reader.bytes()));
        break;
      case kName:
        key.name = reader.bytes();
        break;
      case kCreatedMs:
        key.created_ms = reader.number();
        break;
      case kExpiresMs:
        key.expires_ms = reader.number();
        break;
      case kMayCreateBuckets:
        key.may_create_buckets = reader.number() != 0;
        break;
      case kLocalAlias: {
        auto nested = reader.message();
        std::string alias;
        std::optional<BucketId> bucket;
        while (nested.next()) {
          if (nested.tag() == 1) alias = nested.bytes();
          if (nested.tag() == 2) bucket = BucketId::from_raw(nested.bytes());
        }
        if (!bucket) {
          reader.mark_damaged();
        } else {
          key.local_aliases.emplace(std::move(alias), *bucket);
        }
        break;
      }
      default:
        reader.keep(key.unknown);
    }
  }
  CHECK_OK(reader.status());
  return key;
}

AccessKey generate_access_key(runtime::Random& random, std::string name, uint64_t now_ms) {
  AccessKey key;
  key.id = "GK" + random_hex(random, 12);
  key.secret = Secret(random_hex(random, 32));
  key.name = std::move(name);
  key.created_ms = now_ms;
  return key;
}

constexpr size_t kImportedBytesMax = 255;

Result<void> check_imported_key(std::string_view id, std::string_view secret) {
  const auto is_id_character = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  };
  const auto is_graphic = [](char c) { return c >= 0x21 && c <= 0x7e; };
  if (id.size() < 8) return fail(ErrorKind::kInvalid, "Key identifiers should be at least 8 characters long");
  if (id.size() > kImportedBytesMax)
    return fail(ErrorKind::kInvalid, "Key identifiers should be at most 255 characters long");
  if (!std::ranges::all_of(id, is_id_character)) {
    return fail(
        ErrorKind::kInvalid,
        "Key identifiers should be composed only of ASCII alphanumeric characters and characters '-', '_' and '.'");
  }
  if (secret.size() < 16) return fail(ErrorKind::kInvalid, "Secret keys should be at least 16 characters long");
  if (secret.size() > kImportedBytesMax)
    return fail(ErrorKind::kInvalid, "Secret keys should be at most 255 characters long");
  if (!std::ranges::all_of(secret, is_graphic)) {
    return fail(ErrorKind::kInvalid,
                "Secret keys should be composed only of graphic ASCII characters (U+0021 to U+007E)");
  }
  return {};
}

}  // namespace garage::model
