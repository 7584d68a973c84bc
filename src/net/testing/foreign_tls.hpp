// The other end of a TLS connection as somebody else would play it, by hand: old versions, no certificate, other
// protocols.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/identity.hpp"

namespace garage::net::testing {

struct ForeignOptions {
  bool server = false;
  bool tls12 = false;                    // and nothing newer
  const NodeKey* certificate = nullptr;  // shows none without a key
  bool twice = false;                    // sends the certificate two times
  std::string alpn = "garage/1";         // offers none if empty
};

class ForeignTls {
 public:
  explicit ForeignTls(const ForeignOptions& options);
  ~ForeignTls();

  // Takes what the peer sent, returns what to send.
  std::string exchange(std::string_view from_peer);
  bool done() const;
  // Reads after the handshake: plaintext, or nothing.
  std::string read();
  // What to send to say this.
  std::string write(std::string_view plaintext);
  // After the handshake: what to send to change the own keys so many times, each time asking the peer to do the same.
  std::string new_keys(int times);
  // What the peer objected to, e.g. "certificate required"; empty if nothing.
  const std::string& alert() const { return alert_; }

 private:
  std::string take_output();
  void note_failure();

  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::string alert_;
};

}  // namespace garage::net::testing
