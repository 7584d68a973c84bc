// IP addresses as text. Entries of a directory carry addresses, never names: nobody resolves what a stranger wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garage::discovery {

// An IPv4 or IPv6 address, without brackets, port or zone.
bool is_ip(std::string_view text);
// "1.2.3.4:5", "[::1]:5".
std::string join_host_port(std::string_view host, uint16_t port);

struct HostPort {
  std::string host;  // without brackets
  uint16_t port = 0;
};
// Of "host:port" or "[ipv6]:port"; nothing where one of the two is missing or the port is 0 or too large.
std::optional<HostPort> split_host_port(std::string_view text);

// One digit or more and nothing else, 1 to 65535.
std::optional<uint16_t> parse_port(std::string_view text);

}  // namespace garage::discovery
