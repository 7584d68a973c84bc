// Host names to addresses, by the system's own resolver. Blocks for as long as that does.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "env/host_and_port.hpp"
#include "env/network.hpp"

namespace garage::env::posix {

// kNotFound if there is no such name, kUnavailable if nobody could say.
Result<std::vector<Address>> look_up(const HostAndPort& where);

}  // namespace garage::env::posix
