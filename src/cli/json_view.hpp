// Reading the daemon's answers. A member that is missing or of another kind reads as empty: answers of other versions
// are shown as far as they go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json.hpp"

namespace garage::cli {

using codec::Json;

const Json& member(const Json& object, std::string_view name);
std::string text_of(const Json& object, std::string_view name);
uint64_t number_of(const Json& object, std::string_view name);
bool flag_of(const Json& object, std::string_view name);
const Json::Array& items_of(const Json& object, std::string_view name);
const Json::Array& items_of(const Json& array);
std::vector<std::string> texts_of(const Json& object, std::string_view name);

}  // namespace garage::cli
