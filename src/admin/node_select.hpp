// Node-local operations: which nodes are asked, and the envelope of their answers. Private to this module.
#pragma once

#include "admin/operations.hpp"

namespace garage::admin {

// Is this node meant by "node" ("self", "*", an id or the beginning of one)? InvalidRequest where nobody is.
AdminResult<bool> require_self(const Context& context, const Json& request);

// {"success": {id: answer}, "error": {}}
Json from_this_node(const Context& context, Json answer);

}  // namespace garage::admin
