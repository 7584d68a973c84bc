#include "crypto/ed25519.hpp"

#include <openssl/evp.h>

#include <memory>

namespace garage::crypto {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

}  // namespace

Result<Ed25519PublicKey> ed25519_public_key(const Secret& seed) {
  const std::string_view raw = seed.reveal();
  if (raw.size() != 32) return fail(ErrorKind::kInvalid, "an Ed25519 seed has 32 bytes");
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(raw.data()), raw.size()));
  Ed25519PublicKey out{};
  size_t size = out.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) != 1 || size != out.size()) {
    return fail(ErrorKind::kInternal, "OpenSSL cannot compute an Ed25519 public key");
  }
  return out;
}

}  // namespace garage::crypto
