// What `bucket info` shows, and every command that changed a bucket. Private to the commands.
#pragma once

#include <string>

#include "cli/json_view.hpp"
#include "cli/session.hpp"

namespace garage::cli {

void say_bucket(Session& session, const Json& bucket);

// The bucket that a name, an id or its beginning means, as the daemon shows it.
Result<Json> find_bucket(Session& session, const std::string& pattern);
// The same for keys, without the secret.
Result<Json> find_key(Session& session, const std::string& pattern);

}  // namespace garage::cli
