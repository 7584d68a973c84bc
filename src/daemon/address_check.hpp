// Are the addresses to listen at still free? Loops share a port by SO_REUSEPORT, and so would, unnoticed, a second
// server.
#pragma once

#include "base/result.hpp"
#include "config/settings.hpp"
#include "env/network.hpp"

namespace garage::daemon {

// On a loop. Takes each address for a moment, alone; an error names the address, the setting and the way out.
Result<void> check_addresses(env::Network& network, const config::Settings& settings);

}  // namespace garage::daemon
