// TLS 1.3 between two nodes over any byte stream, so that it works in the simulator as on a socket. Both ends show a
// certificate; the key in it is who they are. No tickets, no early data, no other version, no other protocol than
// kAlpn.
//
// Ownership: owns the stream below. Destroying it with calls pending ends them with kClosed.
// Threads:   one loop; one reader and one writer at a time, which may overlap.
// Errors:    kDenied: the peer is not who it should be, or it refused us, or it does not speak our TLS. kCorrupt: not
// TLS at all, or
//            damaged on the way. kClosed: cut without a farewell, so that a cut never looks like an end.
// Random:    OpenSSL's own; the bytes on the wire differ from run to run, also in the simulator.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "env/network.hpp"
#include "net/tls_identity.hpp"

namespace garage::net {

inline constexpr std::string_view kAlpn = "garage/1";

class TlsPump;
class TlsSession;

class TlsStream : public env::Stream {
 public:
  // The server's end: learns who the client is. A client id other than `expected_peer` is refused, if one is given.
  static Task<Result<std::unique_ptr<TlsStream>>> accept(std::unique_ptr<env::Stream> below, TlsIdentity self,
                                                         std::optional<NodeId> expected_peer, MonotonicTime deadline);
  // The client's end. `sni` is the dialled host name, by which a proxy may route; empty (or an IP address) sends none.
  // TLS 1.3 lets the client finish first: if the server then refuses it, the first read says so.
  static Task<Result<std::unique_ptr<TlsStream>>> connect(std::unique_ptr<env::Stream> below, TlsIdentity self,
                                                          std::optional<NodeId> expected_peer, std::string sni,
                                                          MonotonicTime deadline);
  ~TlsStream() override;

  Task<Result<size_t>> read_some(std::span<char> out, MonotonicTime deadline) override;
  Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) override;
  // The farewell is sent in the background.
  void finish_writing() override;
  void close() override;
  env::Address peer_address() const override;
  Result<void> leave_loop() override;
  Result<void> enter_loop() override;

  const NodeId& peer_id() const;
  // 32 bytes that only the two ends of this very connection can know (RFC 8446, 7.5). Distinct labels give unrelated
  // bytes.
  Result<std::array<unsigned char, 32>> exporter(std::string_view label) const;
  // From the next write on, new keys protect what we send. Happens by itself long before a key has done too much.
  void renew_keys();

 private:
  TlsStream(std::shared_ptr<TlsPump> pump, TlsSession& session);

  std::shared_ptr<TlsPump> pump_;
  TlsSession& session_;  // the pump's
};

}  // namespace garage::net
