// Settings that are understood but whose part is not built yet: said at the start, so that nobody waits for them in
// vain.
#pragma once

#include "base/result.hpp"
#include "config/settings.hpp"

namespace garage::daemon {

// More than one copy.
Result<void> refuse_unbuilt(const config::Settings& settings);
void warn_of_unbuilt(const config::Settings& settings);

}  // namespace garage::daemon
