// Internal to codec: what must hold of an XML body before the library may see it.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace garage::codec {

// Refuses declarations (DOCTYPE and its like), unknown or malformed entity references, unclosed comments, sections and
// instructions.
Result<void> precheck_xml(std::string_view body);

}  // namespace garage::codec
