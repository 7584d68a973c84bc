// Internal to api: headers that hold a comma-separated list of case-insensitive words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/effective_headers.hpp"

namespace garage::api {

// The words of all fields of that name, lower-cased, without empty ones.
std::vector<std::string> header_list(const EffectiveHeaders& headers, std::string_view lower_name);

}  // namespace garage::api
