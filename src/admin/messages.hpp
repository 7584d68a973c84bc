// How an operation's outcome travels to the command line: {"ok": ...} or {"error": {"code", "status", "message"}}.
#pragma once

#include <string>
#include <string_view>

#include "admin/operations.hpp"

namespace garage::admin {

std::string encode_reply(const Reply& reply);
// kCorrupt where the text is no reply.
Result<Reply> decode_reply(std::string_view text);

// The whole way on the daemon's side: request text in, reply text out.
Task<std::string> answer(Context& context, std::string operation, std::string request);

}  // namespace garage::admin
