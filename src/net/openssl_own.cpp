#include "net/openssl_own.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace garage::net {

void OpensslFree::operator()(bio_st* object) const {
  BIO_free_all(object);
}
void OpensslFree::operator()(evp_pkey_st* object) const {
  EVP_PKEY_free(object);
}
void OpensslFree::operator()(ssl_ctx_st* object) const {
  SSL_CTX_free(object);
}
void OpensslFree::operator()(ssl_st* object) const {
  SSL_free(object);
}
void OpensslFree::operator()(x509_st* object) const {
  X509_free(object);
}

Own<evp_pkey_st> private_key_of(std::string_view seed) {
  return Own<evp_pkey_st>(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size()));
}

}  // namespace garage::net
