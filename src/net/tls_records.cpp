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

bool is_ip_literal(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace garage::net
