// The EVP interface allocates and takes locks for every digest; the older functions run the same assembly without
// either. They are marked deprecated but part of every OpenSSL 3.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/digest.hpp"

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <new>

namespace garage::crypto {
namespace {

template <class Context, size_t N>
Context* context(std::array<unsigned char, N>& storage) {
  static_assert(sizeof(Context) <= N, "the inline storage holds OpenSSL's state");
  static_assert(alignof(Context) <= 8, "the inline storage is aligned for OpenSSL's state");
  return std::launder(reinterpret_cast<Context*>(storage.data()));
}

}  // namespace

Sha256::Sha256() {
  SHA256_Init(context<SHA256_CTX>(state_));
}

void Sha256::update(std::string_view bytes) {
  SHA256_Update(context<SHA256_CTX>(state_), bytes.data(), bytes.size());
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  SHA256_Final(digest.data(), context<SHA256_CTX>(state_));
  SHA256_Init(context<SHA256_CTX>(state_));
  return digest;
}

Sha1::Sha1() {
  SHA1_Init(context<SHA_CTX>(state_));
}

void Sha1::update(std::string_view bytes) {
  SHA1_Update(context<SHA_CTX>(state_), bytes.data(), bytes.size());
}

Sha1Digest Sha1::finish() {
  Sha1Digest digest;
  SHA1_Final(digest.data(), context<SHA_CTX>(state_));
  SHA1_Init(context<SHA_CTX>(state_));
  return digest;
}

Md5::Md5() {
  MD5_Init(context<MD5_CTX>(state_));
}

void Md5::update(std::string_view bytes) {
  MD5_Update(context<MD5_CTX>(state_), bytes.data(), bytes.size());
}

Md5Digest Md5::finish() {
  Md5Digest digest;
  MD5_Final(digest.data(), context<MD5_CTX>(state_));
  MD5_Init(context<MD5_CTX>(state_));
  return digest;
}

Sha256Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Sha1Digest sha1(std::string_view bytes) {
  Sha1 hash;
  hash.update(bytes);
  return hash.finish();
}

Md5Digest md5(std::string_view bytes) {
  Md5 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace garage::crypto
