#include "crypto/hmac.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace garage::crypto {
namespace {

template <class Hash>
typename Hash::Digest hmac(std::string_view key, std::string_view message) {
  std::array<unsigned char, Hash::kBlockBytes> pad{};
  if (key.size() > pad.size()) {
    Hash shorten;
    shorten.update(key);
    const auto digest = shorten.finish();
    std::copy(digest.begin(), digest.end(), pad.begin());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }

  Hash hash;
  for (auto& byte : pad) byte ^= 0x36;
  hash.update(view(pad));
  hash.update(message);
  const auto inner = hash.finish();

  for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
  hash.update(view(pad));
  hash.update(view(inner));
  OPENSSL_cleanse(pad.data(), pad.size());
  return hash.finish();
}

}  // namespace

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) {
  return hmac<Sha256>(key, message);
}

Sha1Digest hmac_sha1(std::string_view key, std::string_view message) {
  return hmac<Sha1>(key, message);
}

}  // namespace garage::crypto
