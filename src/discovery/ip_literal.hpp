// IP addresses as text. Entries of a directory carry addresses, never names: nobody resolves what a stranger wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace garage::discovery {

// An IPv4 or IPv6 address, without brackets, port or zone.
bool is_ip(std::string_view text);
// "1.2.3.4:5", "[::1]:5".
std::string join_host_port(std::string_view host, uint16_t port);

}  // namespace garage::discovery
