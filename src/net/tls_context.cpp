#include "net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "net/certificate.hpp"
#include "net/openssl_own.hpp"
#include "net/peer_check.hpp"
#include "net/tls_identity.hpp"
#include "net/tls_stream.hpp"

namespace garage::net {
namespace {

std::string alpn_list() {
  std::string list(1, static_cast<char>(kAlpn.size()));
  return list.append(kAlpn);
}

// The server's choice: ours, or the handshake ends with the alert made for this.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  std::string_view offered(reinterpret_cast<const char*>(in), in_size);
  while (!offered.empty()) {
    const size_t size = static_cast<unsigned char>(offered.front());
    const std::string_view name = offered.substr(1, size);
    if (name == kAlpn) {
      *out = reinterpret_cast<const unsigned char*>(name.data());
      *out_size = static_cast<unsigned char>(size);
      return SSL_TLSEXT_ERR_OK;
    }
    offered.remove_prefix(std::min(offered.size(), 1 + size));
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<NodeId> shown_node(X509_STORE_CTX* store) {
  if (sk_X509_num(X509_STORE_CTX_get0_untrusted(store)) != 1)
    return fail(ErrorKind::kDenied, "the peer shows more than one certificate");
  unsigned char* der = nullptr;
  const int size = i2d_X509(X509_STORE_CTX_get0_cert(store), &der);
  if (size <= 0) return fail(ErrorKind::kDenied, "the peer's certificate cannot be decoded");
  auto node = node_of_certificate({reinterpret_cast<const char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  return node;
}

// Takes the place of OpenSSL's whole chain building: the key counts, nothing else.
int judge_peer(X509_STORE_CTX* store, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* check = static_cast<PeerCheck*>(SSL_get_ex_data(ssl, 0));
  const auto node = shown_node(store);
  if (!node) {
    check->refusal = node.error().message;
  } else if (check->expected && *check->expected != *node) {
    check->refusal = fmt::format("the peer is node {}, expected was {}", node->hex(), check->expected->hex());
  } else {
    check->found = *node;
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

bool show_certificate(SSL_CTX* context, const NodeKey& key, std::string_view der) {
  const Own<EVP_PKEY> private_key = private_key_of(key.seed.reveal());
  return private_key &&
         SSL_CTX_use_certificate_ASN1(context, static_cast<int>(der.size()),
                                      reinterpret_cast<const unsigned char*>(der.data())) == 1 &&
         SSL_CTX_use_PrivateKey(context, private_key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

// One version, one signature scheme, one group: there is nothing to downgrade to.
bool restrict(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // An idle link keeps no record buffers; and there is no chain to look for.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_max_cert_list(context, static_cast<long>(kCertificateBytesMax + 1024));
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_set_max_early_data(context, 0) == 1 &&
         SSL_CTX_set_ciphersuites(context,
                                  "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519") == 1 && SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const NodeKey& key) {
  TRY(const std::string certificate, make_certificate(key));
  Own<SSL_CTX> context(SSL_CTX_new(TLS_method()));
  const std::string alpn = alpn_list();
  if (!context || !restrict(context.get()) || !show_certificate(context.get(), key, certificate) ||
      SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                              static_cast<unsigned>(alpn.size())) != 0) {  // this one answers 0 for success
    const char* why = ERR_reason_error_string(ERR_peek_error());
    auto error = fail(ErrorKind::kInternal, fmt::format("OpenSSL cannot prepare TLS: {}", why ? why : "no reason"));
    ERR_clear_error();
    return error;
  }
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), judge_peer, nullptr);
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release()));
}

TlsContext::~TlsContext() {
  SSL_CTX_free(raw_);
}

Result<TlsIdentity> TlsIdentity::make(const NodeKey& key) {
  TRY(auto context, TlsContext::make(key));
  return TlsIdentity(key.id, std::move(context));
}

}  // namespace garage::net
