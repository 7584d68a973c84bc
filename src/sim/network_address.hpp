// Addresses of the simulated network: "10.0.X.N:port" (X.N from the node's index), loopback and wildcard ones, Unix
// paths.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sim/links.hpp"

namespace garage::sim {

std::string ip_of(NodeIndex node);

struct ParsedAddress {
  std::string host;  // an IP literal, without brackets; empty for a Unix socket
  uint16_t port = 0;
  std::string path;  // of a Unix socket
};
// kInvalid unless it is "ip:port", "[ipv6]:port" or a path.
Result<ParsedAddress> parse_address(std::string_view text);

// "host:port" of any kind of host.
struct HostAndPort {
  std::string host;
  uint16_t port = 0;
};
Result<HostAndPort> parse_host_and_port(std::string_view text);
bool is_ip_literal(std::string_view host);

// The node that `host` means when `self` says it: itself for loopback and wildcard, otherwise by its IP. Nothing where
// nobody lives.
std::optional<NodeIndex> route(std::string_view host, NodeIndex self, NodeIndex node_count);

}  // namespace garage::sim
