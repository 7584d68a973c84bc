#include "net/testing/foreign_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/assert.hpp"
#include "net/certificate.hpp"
#include "net/openssl_own.hpp"

namespace garage::net::testing {
namespace {

int accept_anybody(X509_STORE_CTX*, void*) {
  return 1;
}

int take_first_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned,
                        void*) {
  *out = in + 1;
  *out_size = in[0];
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

struct ForeignTls::Parts {
  Own<SSL_CTX> context;
  Own<SSL> ssl;
};

ForeignTls::ForeignTls(const ForeignOptions& options) : parts_(std::make_unique<Parts>()) {
  parts_->context.reset(SSL_CTX_new(TLS_method()));
  SSL_CTX* context = parts_->context.get();
  SSL_CTX_set_max_proto_version(context, options.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, accept_anybody, nullptr);
  if (options.certificate != nullptr) {
    const std::string der = *make_certificate(*options.certificate);
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const auto key = private_key_of(options.certificate->seed.reveal());
    SSL_CTX_use_certificate_ASN1(context, static_cast<int>(der.size()), bytes);
    SSL_CTX_use_PrivateKey(context, key.get());
    if (options.twice) SSL_CTX_add_extra_chain_cert(context, d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  }
  if (!options.alpn.empty()) {
    const std::string list = std::string(1, static_cast<char>(options.alpn.size())) + options.alpn;
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()));
    SSL_CTX_set_alpn_select_cb(context, take_first_protocol, nullptr);
  }
  parts_->ssl.reset(SSL_new(context));
  SSL* ssl = parts_->ssl.get();
  BIO* in = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(ssl, in, BIO_new(BIO_s_mem()));
  if (options.server) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
  }
}

ForeignTls::~ForeignTls() = default;

std::string ForeignTls::exchange(std::string_view from_peer) {
  SSL* ssl = parts_->ssl.get();
  size_t size = 0;
  if (!from_peer.empty()) BIO_write_ex(SSL_get_rbio(ssl), from_peer.data(), from_peer.size(), &size);
  ERR_clear_error();
  if (SSL_do_handshake(ssl) != 1) note_failure();
  return take_output();
}

std::string ForeignTls::write(std::string_view plaintext) {
  size_t size = 0;
  if (SSL_write_ex(parts_->ssl.get(), plaintext.data(), plaintext.size(), &size) != 1) note_failure();
  return take_output();
}

std::string ForeignTls::new_keys(int times) {
  SSL* ssl = parts_->ssl.get();
  for (int i = 0; i < times; ++i) {
    const bool sent = SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1;
    ASSERT(sent, "keys can be changed at any time");
  }
  return take_output();
}

std::string ForeignTls::take_output() {
  BIO* const output = SSL_get_wbio(parts_->ssl.get());
  std::string out(BIO_ctrl_pending(output), '\0');
  size_t size = 0;
  if (!out.empty()) BIO_read_ex(output, out.data(), out.size(), &size);
  return out;
}

bool ForeignTls::done() const {
  return SSL_is_init_finished(parts_->ssl.get()) == 1;
}

std::string ForeignTls::read() {
  std::string out(1000, '\0');
  size_t size = 0;
  ERR_clear_error();
  if (SSL_read_ex(parts_->ssl.get(), out.data(), out.size(), &size) != 1) note_failure();
  out.resize(size);
  return out;
}

void ForeignTls::note_failure() {
  const unsigned long code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  if (reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
    alert_ = SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET);
}

}  // namespace garage::net::testing
