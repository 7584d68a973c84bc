#include "net/tls_session.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include "net/tls_stream.hpp"

namespace garage::net {
namespace {

// RFC 8446, 5.5 allows 2^24.5 full records under one AES-GCM key.
constexpr uint64_t kRecordsPerKeyMax = uint64_t{1} << 23;

// OpenSSL's texts for alerts begin with the version that brought them ("sslv3 alert bad certificate"), which only
// confuses.
std::string_view without_version(std::string_view text) {
  constexpr std::string_view kMark = " alert ";
  const size_t mark = text.find(kMark);
  return mark == std::string_view::npos ? text : text.substr(mark + kMark.size());
}

ErrorKind kind_of(int reason, bool shaking_hands) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
      return ErrorKind::kCorrupt;
    default:
      return shaking_hands ? ErrorKind::kDenied : ErrorKind::kCorrupt;
  }
}

}  // namespace

Result<std::unique_ptr<TlsSession>> TlsSession::make(std::shared_ptr<const TlsContext> context, Side side,
                                                     std::optional<NodeId> expected_peer, std::string sni) {
  std::unique_ptr<TlsSession> session(new TlsSession());
  session->context_ = std::move(context);
  session->check_.expected = expected_peer;
  SSL* const ssl = SSL_new(session->context_->raw());
  if (!session->own(ssl) || SSL_set_ex_data(ssl, 0, &session->check_) != 1)
    return fail(ErrorKind::kInternal, "OpenSSL cannot make a TLS session");
  if (side == Side::kAccept) {
    session->watch_.emplace();
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
    if (!sni.empty() && !is_ip_literal(sni) && SSL_set_tlsext_host_name(ssl, sni.c_str()) != 1)
      return fail(ErrorKind::kInvalid, "the host name is not fit for TLS: " + sni);
  }
  return session;
}

Error TlsSession::failure(std::string_view what, bool shaking_hands) {
  const unsigned long code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  const char* text = ERR_reason_error_string(code);
  ERR_clear_error();
  if (!check_.refusal.empty()) return Error{ErrorKind::kDenied, check_.refusal};
  const std::string_view why = text ? text : "unknown TLS error";
  if (is_alert(reason)) return Error{ErrorKind::kDenied, fmt::format("the peer refuses: {}", without_version(why))};
  return Error{kind_of(reason, shaking_hands), fmt::format("{}: {}", what, why)};
}

void TlsSession::feed(std::string_view ciphertext) {
  announces_too_much_ = watch_ && !watch_->admits(ciphertext);
  if (!announces_too_much_) TlsRecords::feed(ciphertext);
}

Result<bool> TlsSession::handshake() {
  if (announces_too_much_) return fail(ErrorKind::kCorrupt, "the peer announces a handshake message that is too long");
  TRY(const bool done, TlsRecords::handshake());
  if (!done) return false;
  const unsigned char* name = nullptr;
  unsigned name_size = 0;
  SSL_get0_alpn_selected(ssl(), &name, &name_size);
  if (std::string_view(reinterpret_cast<const char*>(name), name_size) != kAlpn)
    return fail(ErrorKind::kDenied, fmt::format("the peer does not speak {}", kAlpn));
  // The settings leave no way to come here otherwise; a library that let a session through unverified would be stopped
  // here.
  if (SSL_version(ssl()) != TLS1_3_VERSION || SSL_get_verify_result(ssl()) != X509_V_OK || !check_.found ||
      SSL_session_reused(ssl()) != 0)
    return fail(ErrorKind::kDenied, "the TLS session is not verified");
  watch_.reset();
  return true;
}

Result<void> TlsSession::write(std::string_view bytes) {
  // It adds to the queue of errors, which the base empties.
  if (records_ >= kRecordsPerKeyMax) renew_keys();
  ++records_;
  return TlsRecords::write(bytes);
}

void TlsSession::renew_keys() {
  SSL_key_update(ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
  records_ = 0;
}

Result<std::array<unsigned char, 32>> TlsSession::exporter(std::string_view label) const {
  std::array<unsigned char, 32> out{};
  if (SSL_export_keying_material(ssl(), out.data(), out.size(), label.data(), label.size(), nullptr, 0, 0) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::kInternal, "TLS cannot export key material");
  }
  return out;
}

}  // namespace garage::net
