#include "cli/commands/node_answers.hpp"

#include <fmt/format.h>

#include "cli/wording.hpp"

namespace garage::cli {
namespace {

Result<NodeAnswers> ask(Session& session, std::string_view operation, std::string_view node, Json body) {
  TRY(const Json answers, session.ask(operation, Json::object({{"node", node}, {"body", std::move(body)}})));
  NodeAnswers out;
  if (const auto* good = member(answers, "success").as_object()) {
    for (const auto& [id, answer] : *good) out.good.emplace_back(id, answer);
  }
  if (const auto* failed = member(answers, "error").as_object()) {
    for (const auto& [id, why] : *failed) out.failed.emplace_back(id, std::string(why.as_string().value_or("")));
  }
  return out;
}

}  // namespace

Result<Json> ask_this_node(Session& session, std::string_view operation, Json body) {
  TRY(auto answers, ask(session, operation, "self", std::move(body)));
  if (!answers.failed.empty()) return fail(ErrorKind::kInvalid, answers.failed.front().second);
  if (answers.good.empty()) return fail(ErrorKind::kUnavailable, fmt::format("{}: no answer", operation));
  return std::move(answers.good.front().second);
}

Result<NodeAnswers> ask_nodes(Session& session, std::string_view operation, Json body) {
  return ask(session, operation, session.arguments.has("all-nodes") ? "*" : "self", std::move(body));
}

void note_failures(Session& session, const NodeAnswers& answers) {
  if (answers.failed.size() + answers.good.size() == 1) return;
  for (const auto& [id, why] : answers.failed) session.note(fmt::format("{}  Error: {}", short_id(id), why));
}

Result<void> all_answered(const NodeAnswers& answers) {
  if (answers.failed.empty()) return {};
  const std::string& why = answers.failed.front().second;
  if (answers.failed.size() + answers.good.size() == 1) return fail(ErrorKind::kInvalid, why);
  return fail(ErrorKind::kUnavailable,
              fmt::format("{} of {} nodes failed", answers.failed.size(), answers.failed.size() + answers.good.size()));
}

}  // namespace garage::cli
