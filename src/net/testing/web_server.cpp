#include "net/testing/web_server.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/assert.hpp"
#include "net/openssl_own.hpp"

namespace garage::net::testing {
namespace {

Own<EVP_PKEY> new_key() {
  return Own<EVP_PKEY>(EVP_EC_gen("P-256"));
}

std::string drain(BIO* bio) {
  std::string out(BIO_ctrl_pending(bio), '\0');
  size_t size = 0;
  if (!out.empty()) BIO_read_ex(bio, out.data(), out.size(), &size);
  return out;
}

std::string pem_of(X509* certificate) {
  const Own<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  return drain(out.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Own<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return drain(out.get());
}

void extend(X509* certificate, int what, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
  ASSERT(extension != nullptr, "a good extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Own<X509> certify(EVP_PKEY* subject, const char* name, long serial) {
  Own<X509> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "20200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "21200101000000Z");
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_pubkey(certificate.get(), subject);
  return certificate;
}

Own<X509> certificate_of(const std::string& pem) {
  const Own<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Own<X509>(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

}  // namespace

struct Authority::Parts {
  Own<EVP_PKEY> key;
  Own<X509> certificate;
};

Authority::Authority() : parts_(std::make_unique<Parts>()) {
  parts_->key = new_key();
  parts_->certificate = certify(parts_->key.get(), "authority", 1);
  X509* own = parts_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(own, parts_->key.get(), EVP_sha256());
}

Authority::~Authority() = default;

std::string Authority::pem() const {
  return pem_of(parts_->certificate.get());
}

Issued Authority::issue(const std::string& subject_name) const {
  const auto key = new_key();
  const auto certificate = certify(key.get(), "somebody", 2);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(parts_->certificate.get()));
  extend(certificate.get(), NID_subject_alt_name, subject_name.c_str());
  X509_sign(certificate.get(), parts_->key.get(), EVP_sha256());
  return {pem_of(certificate.get()), pem_of(key.get())};
}

struct WebServerTls::Parts {
  Own<SSL_CTX> context;
  Own<SSL> ssl;
};

WebServerTls::WebServerTls(const Issued& shown, const Authority* clients) : parts_(std::make_unique<Parts>()) {
  parts_->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = parts_->context.get();
  SSL_CTX_use_certificate(context, certificate_of(shown.certificate_pem).get());
  const Own<BIO> in(BIO_new_mem_buf(shown.key_pem.data(), static_cast<int>(shown.key_pem.size())));
  SSL_CTX_use_PrivateKey(context, Own<EVP_PKEY>(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)).get());
  if (clients != nullptr) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate_of(clients->pem()).get());
  }
  parts_->ssl.reset(SSL_new(context));
  Own<BIO> from(BIO_new(BIO_s_mem()));
  BIO_set_mem_eof_return(from.get(), -1);
  SSL_set_bio(parts_->ssl.get(), from.release(), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(parts_->ssl.get());
}

WebServerTls::~WebServerTls() = default;

std::string WebServerTls::exchange(std::string_view from_peer) {
  SSL* ssl = parts_->ssl.get();
  size_t size = 0;
  if (!from_peer.empty()) BIO_write_ex(SSL_get_rbio(ssl), from_peer.data(), from_peer.size(), &size);
  ERR_clear_error();
  std::string word(1000, '\0');
  if (SSL_read_ex(ssl, word.data(), word.size(), &size) == 1) {
    word.resize(size);
    word += " too";
    SSL_write_ex(ssl, word.data(), word.size(), &size);
  }
  return drain(SSL_get_wbio(ssl));
}

}  // namespace garage::net::testing
