#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/json_view.hpp"
#include "cli/wording.hpp"

namespace garage::cli {

Result<void> run_stats(Session& session) {
  const std::string_view which = session.arguments.has("all-nodes") ? "*" : "self";
  TRY(const Json answers, session.ask("GetNodeStatistics", Json::object({{"node", which}, {"body", Json::object()}})));
  size_t failures = 0;
  if (const auto* nodes = member(answers, "success").as_object()) {
    for (const auto& [id, statistics] : *nodes) {
      session.say(fmt::format("==== NODE [{}] ====", short_id(id)));
      session.say(text_of(statistics, "freeform"));
    }
  }
  if (const auto* nodes = member(answers, "error").as_object()) {
    for (const auto& [id, message] : *nodes) {
      session.say(fmt::format("==== NODE [{}] ====", short_id(id)));
      session.say(fmt::format("Error: {}\n", message.as_string().value_or("")));
      ++failures;
    }
  }
  TRY(const Json cluster, session.ask("GetClusterStatistics"));
  if (session.json_answer)
    session.json_answer = Json::object({{"GetNodeStatistics", answers}, {"GetClusterStatistics", cluster}});
  session.say("==== CLUSTER STATISTICS ====");
  session.out += text_of(cluster, "freeform");
  if (failures > 0) return fail(ErrorKind::kUnavailable, fmt::format("{} nodes gave no statistics", failures));
  return {};
}

}  // namespace garage::cli
