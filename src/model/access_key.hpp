// An access key: who signs requests. One row of the settings table. A value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "codec/tlv.hpp"
#include "runtime/random.hpp"

namespace garage::model {

struct AccessKey {
  std::string id;
  Secret secret;
  std::string name;
  uint64_t created_ms = 0;
  std::optional<uint64_t> expires_ms;  // wall clock
  bool may_create_buckets = false;
  std::map<std::string, BucketId> local_aliases;  // names only this key sees
  codec::UnknownFields unknown;                   // tags of a newer format, kept

  bool expired(uint64_t now_ms) const { return expires_ms && *expires_ms <= now_ms; }
};

std::string encode_access_key(const AccessKey& key);
Result<AccessKey> decode_access_key(std::string_view encoded);

// A fresh id ("GK" and 24 hexadecimal digits) and secret (64 hexadecimal digits).
AccessKey generate_access_key(runtime::Random& random, std::string name, uint64_t now_ms);

// May `id` and `secret` be imported? kInvalid with the reason, in the words the command line prints.
Result<void> check_imported_key(std::string_view id, std::string_view secret);

}  // namespace garage::model
