// Where an API is: "http://host[:port][/prefix]" or "https://...".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::discovery {

struct Endpoint {
  bool tls = false;
  std::string host;  // a name or an IP address, without brackets
  uint16_t port = 0;
  std::string prefix;  // "" or "/path"; no slash at the end

  std::string url() const;
};

// kInvalid: neither scheme, no host, a bad port, a user, a query or anything that cannot be part of a request.
Result<Endpoint> parse_endpoint(std::string_view url);

}  // namespace garage::discovery
