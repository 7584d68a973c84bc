// Addresses as the kernel wants them, and as people write them: "ip:port", "[ipv6]:port", "/path".
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "env/network.hpp"

namespace garage::env::posix {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  // kInvalid unless all of the text is an address. Names are not looked up.
  static Result<SocketAddress> parse(std::string_view text);
  // An IPv4 peer of an IPv6 socket is written as IPv4. A Unix socket without a name gives an empty text.
  Address address() const;

  int family() const { return storage.ss_family; }
  bool is_unix() const { return family() == AF_UNIX; }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

}  // namespace garage::env::posix
