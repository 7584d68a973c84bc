// What `admin-token info` shows, and every command that changed a token. Private to the commands.
#pragma once

#include "cli/json_view.hpp"
#include "cli/session.hpp"

namespace garage::cli {

// By id, name, or the beginning of an id.
Result<Json> find_admin_token(Session& session, std::string_view pattern);
void say_admin_token(Session& session, const Json& token);
// "never", "expired", or a point in time.
std::string token_expiration(const Session& session, const Json& token);

}  // namespace garage::cli
