// An authority, the certificates it gives out, and the server's end of a TLS connection played by hand.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace garage::net::testing {

struct Issued {
  std::string certificate_pem;
  std::string key_pem;
};

class Authority {
 public:
  Authority();
  ~Authority();

  std::string pem() const;
  // For "DNS:name" or "IP:address".
  Issued issue(const std::string& subject_name) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

class WebServerTls {
 public:
  // Asks for a client certificate of that authority, if one is given.
  WebServerTls(const Issued& shown, const Authority* clients);
  ~WebServerTls();

  // Takes what the peer sent, returns what to send; answers each word that comes with "<word> too".
  std::string exchange(std::string_view from_peer);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace garage::net::testing
