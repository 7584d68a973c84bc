// A node key made ready for TLS: certificate and settings, built once and used by every connection.
//
// Threads: a cheap copy of a shared, immutable thing; any.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "net/identity.hpp"

namespace garage::net {

class TlsContext;  // knows OpenSSL; tls_context.hpp

class TlsIdentity {
 public:
  static Result<TlsIdentity> make(const NodeKey& key);

  const NodeId& id() const { return id_; }
  const std::shared_ptr<const TlsContext>& context() const { return context_; }

 private:
  TlsIdentity(const NodeId& id, std::shared_ptr<const TlsContext> context) : id_(id), context_(std::move(context)) {}

  NodeId id_;
  std::shared_ptr<const TlsContext> context_;
};

}  // namespace garage::net
