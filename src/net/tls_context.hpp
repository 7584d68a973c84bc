// The settings of all TLS sessions of one identity; the same for both sides.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "net/identity.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace garage::net {

// Threads: immutable after make(); any.
class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> make(const NodeKey& key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;

  ssl_ctx_st* raw() const { return raw_; }

 private:
  explicit TlsContext(ssl_ctx_st* raw) : raw_(raw) {}
  ssl_ctx_st* raw_;
};

}  // namespace garage::net
