// What the table cannot say of one key alone. Private to this module.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace garage::config {

Result<void> validate(Settings& settings, std::vector<std::string>& warnings);

}  // namespace garage::config
