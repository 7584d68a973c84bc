#include "net/tls_records.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace garage::net {

TlsRecords::~TlsRecords() {
  SSL_free(ssl_);
}

bool TlsRecords::own(ssl_st* session) {
  ssl_ = session;
  return memory_.give_to(ssl_);
}

void TlsRecords::farewell() {
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

Result<bool> TlsRecords::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_);
  if (done == 1) return true;
  if (SSL_get_error(ssl_, done) == SSL_ERROR_WANT_READ) return false;
  return std::unexpected(failure("the TLS handshake failed", true));
}

Result<std::optional<size_t>> TlsRecords::read(std::span<char> out) {
  ERR_clear_error();
  size_t got = 0;
  const int done = SSL_read_ex(ssl_, out.data(), out.size(), &got);
  if (done == 1) return got;
  switch (SSL_get_error(ssl_, done)) {
    case SSL_ERROR_WANT_READ:
      return std::nullopt;
    case SSL_ERROR_ZERO_RETURN:
      return size_t{0};
    default:
      return std::unexpected(failure("TLS bytes cannot be read", false));
  }
}

Result<void> TlsRecords::write(std::string_view bytes) {
  ERR_clear_error();
  size_t written = 0;
  if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written) != 1 || written != bytes.size())
    return std::unexpected(failure("TLS cannot send", false));
  return {};
}

bool is_alert(int reason) {
  return reason >= SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255;
}

bool is_ip_literal(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace garage::net
