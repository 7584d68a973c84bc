// Internal to codec: what must hold of an XML body before the library may see it.
//
// The library is lenient where we are not: it skips document types, leaves unknown entities as they are, and has no
// bound on the number of nodes. This pass over the raw text finds the same tags, comments and sections as the library
// does, and refuses what it must not see.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"

namespace garage::codec {

Result<void> precheck_xml(std::string_view body, size_t elements_max);

}  // namespace garage::codec
