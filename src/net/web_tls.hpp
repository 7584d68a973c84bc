// TLS as a client of the web has it: the server is known by its name, for which authorities vouch; the client may show
// a certificate. For the APIs of Kubernetes and Consul; nodes among themselves use tls_stream.hpp.
//
// Threads: a context is immutable, any; a stream as env::Stream says. Versions: TLS 1.2 and 1.3.
// Errors: kInvalid: what was given is not PEM, or key and certificate do not belong together. kDenied: the server is
// not who it should be, or refuses us; the message says why. kCorrupt: not TLS. kClosed: cut without a farewell.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "env/network.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace garage::net {

struct WebTlsOptions {
  std::string roots_pem = {};  // certificates that are trusted, and no others
  std::optional<std::string> certificate_pem = {};
  std::optional<Secret> key_pem = {};  // with the certificate
  bool accept_any_server = false;      // whoever answers may read and change everything
};

class WebTlsContext {
 public:
  static Result<std::shared_ptr<const WebTlsContext>> make(WebTlsOptions options);
  ~WebTlsContext();
  WebTlsContext(const WebTlsContext&) = delete;

  ssl_ctx_st* raw() const { return raw_; }
  bool accepts_any_server() const { return accepts_any_server_; }

 private:
  WebTlsContext(ssl_ctx_st* raw, bool accepts_any_server) : raw_(raw), accepts_any_server_(accepts_any_server) {}
  ssl_ctx_st* raw_;
  bool accepts_any_server_;
};

// Shakes hands over `below`. `host`: the name or IP address the server must prove, without brackets.
Task<Result<std::unique_ptr<env::Stream>>> connect_web_tls(std::unique_ptr<env::Stream> below,
                                                           std::shared_ptr<const WebTlsContext> context,
                                                           std::string host, MonotonicTime deadline);

}  // namespace garage::net
