// Node-local operations: which nodes are asked, and the envelope of their answers. Private to this module.
#pragma once

#include "admin/operations.hpp"

namespace garage::admin {

// What the operation does on the node that it is about.
using OnOneNode = Task<Reply> (*)(Context& context, Json request);

// Runs it on the nodes meant by "node": "self" (or nothing), "*" for all that are connected or have a role, an id or
// the beginning of one; InvalidRequest where that is nobody or several. This node runs `here` itself, the others are
// asked for the operation of this name, all at the same time. {"success": {id: answer}, "error": {id: message}}
Task<Reply> on_nodes(Context& context, Json request, std::string operation, OnOneNode here);

}  // namespace garage::admin
