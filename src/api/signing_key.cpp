#include "api/signing_key.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "crypto/hmac.hpp"
#include "crypto/xxhash.hpp"

namespace garage::api {
namespace {

// Written through a volatile pointer, so that the compiler cannot leave it out.
void wipe(void* memory, size_t bytes) {
  volatile unsigned char* at = static_cast<unsigned char*>(memory);
  for (size_t i = 0; i < bytes; ++i) at[i] = 0;
}

}  // namespace

SigningKey::SigningKey(std::string_view raw_key) {
  std::array<unsigned char, crypto::Sha256::kBlockBytes> pad{};
  if (raw_key.size() > pad.size()) {
    const auto shortened = crypto::sha256(raw_key);
    std::copy(shortened.begin(), shortened.end(), pad.begin());
  } else {
    std::copy(raw_key.begin(), raw_key.end(), pad.begin());
  }
  for (auto& byte : pad) byte ^= 0x36;
  inner_.update(crypto::view(pad));
  for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
  outer_.update(crypto::view(pad));
  wipe(pad.data(), pad.size());
}

SigningKey::~SigningKey() {
  wipe(&inner_, sizeof inner_);
  wipe(&outer_, sizeof outer_);
}

SigningKey SigningKey::derive(const Secret& secret, std::string_view date, std::string_view region,
                              std::string_view service) {
  const Secret start("AWS4" + std::string(secret.reveal()));
  auto key = crypto::hmac_sha256(start.reveal(), date);
  key = crypto::hmac_sha256(crypto::view(key), region);
  key = crypto::hmac_sha256(crypto::view(key), service);
  key = crypto::hmac_sha256(crypto::view(key), "aws4_request");
  SigningKey out(crypto::view(key));
  wipe(key.data(), key.size());
  return out;
}

crypto::Sha256Digest SigningKey::sign(std::string_view message) const {
  crypto::Sha256 inner = inner_;
  inner.update(message);
  const auto digest = inner.finish();
  crypto::Sha256 outer = outer_;
  outer.update(crypto::view(digest));
  return outer.finish();
}

SigningKeyCache::SigningKeyCache(size_t entries) : entries_(std::bit_ceil(std::max<size_t>(entries, 1))) {}

const SigningKey& SigningKeyCache::get(const std::shared_ptr<const KeyRecord>& key, std::string_view date,
                                       std::string_view region) {
  Entry& entry = entries_[crypto::xxh3_64(key->id, crypto::xxh3_64(date)) & (entries_.size() - 1)];
  const bool same_record = !entry.key.owner_before(key) && !key.owner_before(entry.key);
  if (entry.signing_key && same_record && entry.date == date && entry.region == region) return *entry.signing_key;
  entry.key = key;
  entry.date = date;
  entry.region = region;
  entry.signing_key = std::make_unique<SigningKey>(SigningKey::derive(key->secret, date, region, "s3"));
  return *entry.signing_key;
}

}  // namespace garage::api
