#include "cli/commands.hpp"
#include "cli/json_view.hpp"

namespace garage::cli {

Result<void> run_node_connect(Session& session) {
  const std::string peer(session.arguments.text("peer"));
  TRY(const Json outcomes, session.ask("ConnectClusterNodes", Json::array({peer})));
  for (const Json& outcome : items_of(outcomes)) {
    if (!flag_of(outcome, "success"))
      return fail(ErrorKind::kUnavailable, "Could not connect to node " + peer + ": " + text_of(outcome, "error"));
  }
  session.say("Success.");
  return {};
}

}  // namespace garage::cli
