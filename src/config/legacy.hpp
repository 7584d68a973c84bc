// Keys of older versions that still have a meaning: they fill what replaced them. Private to this module.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "config/value.hpp"

namespace garage::config {

bool is_legacy_key(std::string_view key);

// Where the new form is absent. Adds a warning for each; an error where both are there and contradict.
Result<void> apply_legacy_keys(const Table& document, Settings& settings, std::vector<std::string>& warnings);

}  // namespace garage::config
