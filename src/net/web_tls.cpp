#include "net/web_tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/openssl_own.hpp"

namespace garage::net {
namespace {

Own<BIO> reader_of(std::string_view text) {
  return Own<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string last_reason() {
  const char* why = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return why ? why : "no reason";
}

std::unexpected<Error> bad(std::string_view what) {
  return fail(ErrorKind::kInvalid, fmt::format("{}: {}", what, last_reason()));
}

// A key under a password cannot be used: there is nobody to ask.
int no_password(char*, int, int, void*) {
  return 0;
}

Result<void> trust(SSL_CTX* context, std::string_view pem) {
  const auto in = reader_of(pem);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  size_t count = 0;
  while (Own<X509> root{PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr)}) {
    if (X509_STORE_add_cert(store, root.get()) != 1) return bad("a trusted certificate cannot be used");
    ++count;
  }
  if (count == 0) return bad("there is no certificate (PEM) to trust");
  ERR_clear_error();  // the end of the text
  // What is in the file is trusted, also where it is no root itself.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

Result<void> show(SSL_CTX* context, std::string_view certificate_pem, std::string_view key_pem) {
  const auto in = reader_of(certificate_pem);
  const Own<X509> own(PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return bad("the client certificate cannot be read");
  while (Own<X509> next{PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return bad("the chain of the client certificate");
  }
  ERR_clear_error();
  const auto key_in = reader_of(key_pem);
  const Own<EVP_PKEY> key(PEM_read_bio_PrivateKey(key_in.get(), nullptr, no_password, nullptr));
  if (!key) return bad("the key of the client certificate cannot be read");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return bad("the client certificate and its key do not belong together");
  return {};
}

}  // namespace

Result<std::shared_ptr<const WebTlsContext>> WebTlsContext::make(WebTlsOptions options) {
  ERR_clear_error();
  Own<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
    return fail(ErrorKind::kInternal, "OpenSSL cannot prepare TLS: " + last_reason());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  if (!options.accept_any_server) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    CHECK_OK(trust(context.get(), options.roots_pem));
  }
  if (options.certificate_pem && options.key_pem)
    CHECK_OK(show(context.get(), *options.certificate_pem, options.key_pem->reveal()));
  return std::shared_ptr<const WebTlsContext>(new WebTlsContext(context.release(), options.accept_any_server));
}

WebTlsContext::~WebTlsContext() {
  SSL_CTX_free(raw_);
}

}  // namespace garage::net
