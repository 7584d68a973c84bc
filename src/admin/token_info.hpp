// The JSON of admin tokens. Private to this module.
#pragma once

#include "admin/admin_tokens.hpp"
#include "admin/operations.hpp"

namespace garage::admin {

Json token_info(const model::AdminToken& token, uint64_t now_ms);
std::unexpected<AdminError> no_such_token(std::string_view id);

}  // namespace garage::admin
