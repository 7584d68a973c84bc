// One TLS 1.3 session between nodes, without a stream. TlsPump moves it. Errors: as tls_stream.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/handshake_watch.hpp"
#include "net/peer_check.hpp"
#include "net/tls_context.hpp"
#include "net/tls_records.hpp"

namespace garage::net {

class TlsSession final : public TlsRecords {
 public:
  enum class Side : uint8_t { kAccept, kConnect };
  static Result<std::unique_ptr<TlsSession>> make(std::shared_ptr<const TlsContext> context, Side side,
                                                  std::optional<NodeId> expected_peer, std::string sni);

  void feed(std::string_view ciphertext) override;
  Result<bool> handshake() override;
  Result<void> write(std::string_view bytes) override;
  void renew_keys();

  const NodeId& peer_id() const { return *check_.found; }
  Result<std::array<unsigned char, 32>> exporter(std::string_view label) const;

 private:
  TlsSession() = default;
  Error failure(std::string_view what, bool shaking_hands) override;

  std::shared_ptr<const TlsContext> context_;
  PeerCheck check_;
  std::optional<HandshakeWatch> watch_;  // of who dials us, until the handshake is done
  bool announces_too_much_ = false;
  uint64_t records_ = 0;  // under the present sending key
};

}  // namespace garage::net
