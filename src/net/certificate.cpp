#include "net/certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "net/openssl_own.hpp"

namespace garage::net {
namespace {

// Also RFC 5280's way to say "no end". No clock is asked: whoever holds the key may make a new certificate at any time,
// so dates would not protect anything.
constexpr const char* kNotBefore = "20000101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";
constexpr long kVersion3 = 2;

bool fill(X509* certificate, EVP_PKEY* key, const NodeId& id) {
  const std::string hex = id.hex();
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_set_version(certificate, kVersion3) == 1 &&
         ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
         ASN1_TIME_set_string(X509_getm_notBefore(certificate), kNotBefore) == 1 &&
         ASN1_TIME_set_string(X509_getm_notAfter(certificate), kNotAfter) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(hex.data()),
                                    static_cast<int>(hex.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_sign(certificate, key, nullptr) > 0;
}

std::unexpected<Error> refused(const char* why) {
  ERR_clear_error();
  return fail(ErrorKind::kDenied, why);
}

}  // namespace

Result<std::string> make_certificate(const NodeKey& key) {
  const Own<EVP_PKEY> own_key = private_key_of(key.seed.reveal());
  const Own<X509> certificate(X509_new());
  unsigned char* der = nullptr;
  const bool filled = own_key && certificate && fill(certificate.get(), own_key.get(), key.id);
  const int size = filled ? i2d_X509(certificate.get(), &der) : 0;
  if (size <= 0) {
    ERR_clear_error();
    return fail(ErrorKind::kInternal, "OpenSSL cannot make a certificate for the node key");
  }
  std::string out(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

Result<NodeId> node_of_certificate(std::string_view der) {
  if (der.size() > kCertificateBytesMax) return refused("the peer's certificate is too large");
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* pos = begin;
  const Own<X509> certificate(d2i_X509(nullptr, &pos, static_cast<long>(der.size())));
  if (!certificate || pos != begin + der.size()) return refused("the peer's certificate cannot be decoded");
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519)
    return refused("the peer's certificate does not hold an Ed25519 key");
  NodeId id;
  size_t size = id.bytes.size();
  if (EVP_PKEY_get_raw_public_key(key, id.bytes.data(), &size) != 1 || size != id.bytes.size())
    return refused("the peer's certificate does not hold an Ed25519 key");
  if (X509_verify(certificate.get(), key) != 1) return refused("the peer's certificate is not signed with its own key");
  return id;
}

}  // namespace garage::net
