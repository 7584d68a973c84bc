// A bucket's settings: one row of the settings table. A value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "codec/tlv.hpp"
#include "model/cors.hpp"
#include "model/permission.hpp"
#include "model/website.hpp"

namespace garage::model {

struct Quotas {
  std::optional<uint64_t> bytes_max;
  std::optional<uint64_t> objects_max;
  friend bool operator==(const Quotas&, const Quotas&) = default;
};

// Somebody is deleting the bucket: clients write nothing into it (docs/decisions/delete-bucket.md).
struct Deletion {
  Uuid attempt;
  uint64_t since_ms = 0;
  friend bool operator==(const Deletion&, const Deletion&) = default;
};

struct Bucket {
  BucketId id;
  uint64_t created_ms = 0;
  // Objects are spread over this many shards (a power of two); the generation is there so that it can grow later.
  uint32_t spread = 8;
  uint32_t spread_generation = 0;
  std::string creator;                                          // id of the access key that made it over S3; else empty
  std::set<std::string> global_aliases;                         // names every key sees
  std::set<std::pair<std::string, std::string>> local_aliases;  // (access key id, name)
  std::map<std::string, Permission> permissions;                // by access key id
  std::optional<WebsiteConfig> website;
  std::optional<CorsRules> cors;
  std::map<std::string, std::string> tags;
  Quotas quotas;
  std::optional<Deletion> deletion;
  codec::UnknownFields unknown;  // tags of a newer format, kept

  Permission permission_of(std::string_view key_id) const;
  // For people: the first global alias, else the first local one, else the id.
  std::string display_name() const;
  friend bool operator==(const Bucket&, const Bucket&) = default;
};

std::string encode_bucket(const Bucket& bucket);
Result<Bucket> decode_bucket(std::string_view encoded);

}  // namespace garage::model
