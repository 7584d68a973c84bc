// What `key info` shows, and every command that changed a key. Private to the commands.
#pragma once

#include "cli/json_view.hpp"
#include "cli/session.hpp"

namespace garage::cli {

void say_key(Session& session, const Json& key);

}  // namespace garage::cli
