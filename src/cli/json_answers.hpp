// What `--json` prints: the answer of one operation of the admin API, as scripts would get it over HTTP.
#pragma once

#include <string_view>

#include "cli/command.hpp"

namespace garage::cli {

// Of the command; empty: it has none, and `garage json-api` calls any operation by its name.
std::string_view json_operation_of(const Command& command);

}  // namespace garage::cli
