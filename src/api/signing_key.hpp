// The derived key of signature V4, ready to use, and a small memory of the last ones: deriving takes four HMACs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/principal.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace garage::api {

// An HMAC-SHA256 key with its two first blocks already hashed. A value; wiped when it dies.
class SigningKey {
 public:
  // "AWS4" + secret -> date (yyyymmdd) -> region -> service -> "aws4_request".
  static SigningKey derive(const Secret& secret, std::string_view date, std::string_view region,
                           std::string_view service);
  explicit SigningKey(std::string_view raw_key);
  SigningKey(const SigningKey&) = default;
  SigningKey& operator=(const SigningKey&) = default;
  ~SigningKey();

  crypto::Sha256Digest sign(std::string_view message) const;

 private:
  crypto::Sha256 inner_;
  crypto::Sha256 outer_;
};

// Per (key record, date, region). Holds derived keys only, each good for one day and region. Threads: one loop.
class SigningKeyCache {
 public:
  // `entries` is rounded up to a power of two.
  explicit SigningKeyCache(size_t entries = 256);

  // Valid until the next call.
  const SigningKey& get(const std::shared_ptr<const KeyRecord>& key, std::string_view date, std::string_view region);

 private:
  struct Entry {
    std::weak_ptr<const KeyRecord> key;  // its identity; it does not keep the secret alive
    std::string date;
    std::string region;
    std::unique_ptr<SigningKey> signing_key;
  };
  std::vector<Entry> entries_;
};

}  // namespace garage::api
