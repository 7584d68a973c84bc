#include <fmt/format.h>

#include "cli/commands.hpp"

namespace garage::cli {
namespace {

std::unexpected<Error> refused(const CallError& error) {
  if (error.code.empty()) return fail(ErrorKind::kUnavailable, error.message);
  return fail(ErrorKind::kInvalid, fmt::format("{} ({}): {}", error.code, error.status, error.message));
}

Result<Json> read_payload(Session& session, const std::string& given) {
  std::string text = given;
  if (given == "-") {
    TRY(text, session.read_stdin());
  }
  auto parsed = codec::parse_json(text);
  if (!parsed) return std::unexpected(parsed.error().within("Invalid JSON payload"));
  return parsed;
}

}  // namespace

Result<void> run_json_api(Session& session) {
  const std::string operation = session.arguments.text("operation");
  Json request;
  const auto payload = session.arguments.find("payload");
  if (payload) {
    TRY(request, read_payload(session, *payload));
  }
  auto answer = session.link->call(operation, request);
  if (!answer && !payload && answer.error().code == "InvalidRequest")
    answer = session.link->call(operation, Json::object());
  if (!answer) return refused(answer.error());
  session.out += codec::to_json_pretty(*answer) + '\n';
  return {};
}

}  // namespace garage::cli
