#include "cli/session.hpp"

#include <fmt/format.h>

namespace garage::cli {

Result<Json> Session::ask(std::string_view operation, const Json& request) {
  auto answer = link->call(operation, request);
  if (answer && operation == json_operation) json_answer = *answer;
  if (answer) return std::move(*answer);
  const CallError& error = answer.error();
  if (error.code.empty()) return fail(ErrorKind::kUnavailable, error.message);
  return fail(ErrorKind::kInvalid,
              fmt::format("{} returned {} ({}): {}", operation, error.code, error.status, error.message));
}

}  // namespace garage::cli
