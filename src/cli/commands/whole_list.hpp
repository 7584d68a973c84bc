// A list of the admin API whole, however many pages it has. Private to this module.
#pragma once

#include <string_view>

#include "cli/json_view.hpp"
#include "cli/session.hpp"

namespace garage::cli {

// The operation answers as many at a time as it likes, sorted by id, from the `offset` on that it is given.
Result<Json::Array> ask_whole_list(Session& session, std::string_view operation);

}  // namespace garage::cli
