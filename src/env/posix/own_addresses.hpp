// The addresses of this machine, for telling others where it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace garage::env::posix {

// Without ports, of the interfaces that are up, in the system's order; no loopback, no link-local ones.
Result<std::vector<std::string>> own_addresses();

// The first of them; of those in the subnet, if one is given ("10.0.0.0/8"). kInvalid: it is none. Nothing where no
// address fits.
Result<std::optional<std::string>> own_address(const std::optional<std::string>& subnet);

// "ip:port", with brackets where they belong.
std::string with_port(const std::string& ip, std::string_view port);

}  // namespace garage::env::posix
