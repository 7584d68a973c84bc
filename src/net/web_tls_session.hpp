// One TLS session of a client of the web, without a stream. TlsPump moves it. Errors: as web_tls.hpp.
#pragma once

#include <memory>
#include <string>

#include "net/tls_records.hpp"
#include "net/web_tls.hpp"

namespace garage::net {

class WebTlsSession final : public TlsRecords {
 public:
  static Result<std::unique_ptr<WebTlsSession>> make(std::shared_ptr<const WebTlsContext> context, std::string host);

 private:
  WebTlsSession() = default;
  Error failure(std::string_view what, bool shaking_hands) override;

  std::shared_ptr<const WebTlsContext> context_;
  std::string host_;
};

}  // namespace garage::net
