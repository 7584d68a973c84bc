// What only those who use a setting can judge of it: asked by --check-config, and by a start before anything is opened.
#pragma once

#include "base/result.hpp"
#include "config/settings.hpp"

namespace garage::daemon {

// kInvalid with the name of the setting.
Result<void> check_settings(const config::Settings& settings);

}  // namespace garage::daemon
