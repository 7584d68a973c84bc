// A TLS session without a stream, as TlsPump moves it: ciphertext is fed in and taken out by hand.
//
// Threads: one at a time. After an error the session is over, but may still have an alert to send.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/tls_memory.hpp"

struct ssl_st;  // OpenSSL's SSL

namespace garage::net {

inline constexpr size_t kTlsRecordBytesMax = 16 * 1024;

class TlsRecords {
 public:
  virtual ~TlsRecords();
  TlsRecords(const TlsRecords&) = delete;

  // As TlsMemory.
  virtual void feed(std::string_view ciphertext) { memory_.feed(ciphertext); }
  bool has_output() const { return output_bytes() > 0; }
  size_t output_bytes() const { return memory_.output_bytes(); }
  void take_output(std::string& into) { memory_.take_output(into); }

  // True when it is done and the peer is known; false while it needs more input.
  virtual Result<bool> handshake();
  // Nothing while it needs more input; 0 after the peer's farewell.
  Result<std::optional<size_t>> read(std::span<char> out);
  // At most kTlsRecordBytesMax at a time make one record each; not empty.
  virtual Result<void> write(std::string_view bytes);
  void farewell();

 protected:
  TlsRecords() = default;
  // Takes the session over, and gives it memory for both directions. False where OpenSSL has none left.
  bool own(ssl_st* session);
  ssl_st* ssl() const { return ssl_; }
  // What OpenSSL's queue of errors says, which is empty then.
  virtual Error failure(std::string_view what, bool shaking_hands) = 0;

 private:
  TlsMemory memory_;
  ssl_st* ssl_ = nullptr;
};

// OpenSSL counts the alerts that a peer sends among its own reasons, from an offset on.
bool is_alert(int reason);
// Is this a host that a certificate and a server name indication cannot name as DNS?
bool is_ip_literal(std::string_view host);

}  // namespace garage::net
