// Settings that are understood but whose part is not built yet: said at the start, so that nobody waits for them in
// vain.
#pragma once

#include "config/settings.hpp"

namespace garage::daemon {

void warn_of_unbuilt(const config::Settings& settings);

}  // namespace garage::daemon
