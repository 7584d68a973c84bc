// Texts about layouts that `status` and several `layout` commands print. Private to the commands.
#pragma once

#include <string>

#include "cli/json_view.hpp"
#include "cli/session.hpp"

namespace garage::cli {

// ==== CURRENT CLUSTER LAYOUT ==== and the like: the roles, then the zone redundancy.
void say_roles(Session& session, const Json& layout);
// The staged changes, if any; says so in its result.
bool say_staged_changes(Session& session, const Json& layout);

// Whom a layout change waits for; nothing where `waiting` is null.
void say_waiting(Session& session, const Json& waiting);

std::string redundancy_text(const Json& parameters);
std::string capacity_text(const Json& role);

enum class Unknown : unsigned char { kRefused, kByWholeId };
// The full id of one of the nodes that the cluster knows; or of one that it does not know, where that is wanted and all
// of it is given. kInvalid: "<n> nodes match '<prefix>'", and which.
Result<std::string> find_node(Session& session, const std::string& prefix, Unknown unknown = Unknown::kRefused);

// What follows every staged change.
void say_reminder(Session& session);

}  // namespace garage::cli
