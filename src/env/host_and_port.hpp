// "host:port", as people and directories write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garage::env {

struct HostAndPort {
  std::string host;  // a name or an address, without brackets
  uint16_t port = 0;
};
// Of "host:port" or "[ipv6]:port"; nothing where one of the two is missing.
std::optional<HostAndPort> split_host_and_port(std::string_view text);

// One digit or more and nothing else, 0 to 65535.
std::optional<uint16_t> parse_port(std::string_view text);

}  // namespace garage::env
