// Settings that are understood but whose part is not built yet: said at the start, so that nobody waits for them in
// vain.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace garage::daemon {

// A sentence for each that is set.
std::vector<std::string> unbuilt_settings(const config::Settings& settings);

}  // namespace garage::daemon
