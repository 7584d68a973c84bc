// One TLS 1.3 session without a stream: ciphertext is fed in and taken out by hand. TlsPump moves it.
//
// Threads: one at a time. Errors: as tls_stream.hpp; after one the session is over, but may still have an alert to
// send.
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
#include "net/peer_check.hpp"
#include "net/tls_context.hpp"

struct ssl_st;  // OpenSSL's SSL

namespace garage::net {

inline constexpr size_t kTlsRecordBytesMax = 16 * 1024;

class TlsSession {
 public:
  enum class Side : uint8_t { kAccept, kConnect };
  static Result<std::unique_ptr<TlsSession>> make(std::shared_ptr<const TlsContext> context, Side side,
                                                  std::optional<NodeId> expected_peer, std::string sni);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;

  void feed(std::string_view ciphertext);
  bool has_output() const { return output_bytes() > 0; }
  size_t output_bytes() const;
  std::string take_output();

  // True when it is done and the peer is known; false while it needs more input.
  Result<bool> handshake();
  // Nothing while it needs more input; 0 after the peer's farewell.
  Result<std::optional<size_t>> read(std::span<char> out);
  // At most kTlsRecordBytesMax at a time make one record each; not empty.
  Result<void> write(std::string_view bytes);
  void farewell();
  void renew_keys();

  const NodeId& peer_id() const { return *check_.found; }
  Result<std::array<unsigned char, 32>> exporter(std::string_view label) const;

 private:
  TlsSession() = default;
  Error failure(const char* what, bool shaking_hands);

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_ = nullptr;
  PeerCheck check_;
  uint64_t records_ = 0;  // under the present sending key
};

}  // namespace garage::net
