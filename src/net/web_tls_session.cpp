#include "net/web_tls_session.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

#include "net/tls_pump.hpp"

namespace garage::net {
namespace {

// What the certificate must be for.
bool expect_host(SSL* ssl, const std::string& host) {
  if (is_ip_literal(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host.c_str()) == 1;
}

bool is_not_tls(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
         reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_RECORD_TOO_SMALL;
}

// A stream over a pump; the pump outlives it where a call is under way.
class WebTlsStream final : public env::Stream {
 public:
  explicit WebTlsStream(std::shared_ptr<TlsPump> pump) : pump_(std::move(pump)) {}
  ~WebTlsStream() override { close(); }

  Task<Result<size_t>> read_some(std::span<char> out, MonotonicTime deadline) override {
    return TlsPump::read_some(pump_, out, deadline);
  }
  Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) override {
    return TlsPump::write_all(pump_, pieces, deadline);
  }
  void finish_writing() override { TlsPump::finish_writing(pump_); }
  void close() override { pump_->below().close(); }
  env::Address peer_address() const override { return pump_->below().peer_address(); }

 private:
  std::shared_ptr<TlsPump> pump_;
};

}  // namespace

Result<std::unique_ptr<WebTlsSession>> WebTlsSession::make(std::shared_ptr<const WebTlsContext> context,
                                                           std::string host) {
  std::unique_ptr<WebTlsSession> session(new WebTlsSession());
  session->context_ = std::move(context);
  session->host_ = std::move(host);
  SSL* const ssl = SSL_new(session->context_->raw());
  if (!session->own(ssl)) return fail(ErrorKind::kInternal, "OpenSSL cannot make a TLS session");
  SSL_set_connect_state(ssl);
  const bool names_itself = is_ip_literal(session->host_) || SSL_set_tlsext_host_name(ssl, session->host_.c_str()) == 1;
  if (!names_itself || (!session->context_->accepts_any_server() && !expect_host(ssl, session->host_)))
    return fail(ErrorKind::kInvalid, "the host name is not fit for TLS: " + session->host_);
  return session;
}

Error WebTlsSession::failure(std::string_view what, bool) {
  const unsigned long code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  const char* text = ERR_reason_error_string(code);
  ERR_clear_error();
  const long verified = SSL_get_verify_result(ssl());
  if (verified != X509_V_OK && !context_->accepts_any_server()) {
    return {ErrorKind::kDenied,
            fmt::format("the certificate of {} is not accepted: {}", host_, X509_verify_cert_error_string(verified))};
  }
  const std::string_view why = text ? text : "unknown TLS error";
  if (is_alert(reason)) return {ErrorKind::kDenied, fmt::format("{} refuses: {}", host_, why)};
  if (is_not_tls(reason)) return {ErrorKind::kCorrupt, fmt::format("{} does not speak TLS there", host_)};
  return {ErrorKind::kCorrupt, fmt::format("{}: {}", what, why)};
}

Task<Result<std::unique_ptr<env::Stream>>> connect_web_tls(std::unique_ptr<env::Stream> below,
                                                           std::shared_ptr<const WebTlsContext> context,
                                                           std::string host, MonotonicTime deadline) {
  CO_TRY(auto session, WebTlsSession::make(std::move(context), std::move(host)));
  auto pump = std::make_shared<TlsPump>(std::move(below), std::move(session));
  CO_CHECK_OK(co_await TlsPump::handshake(pump, deadline));
  co_return std::make_unique<WebTlsStream>(std::move(pump));
}

}  // namespace garage::net
