#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/json_view.hpp"

namespace garage::cli {

Result<void> run_node_connect(Session& session) {
  const std::string peer(session.arguments.text("peer"));
  TRY(const Json status, session.ask("GetClusterStatus"));
  TRY(const Json outcomes, session.ask("ConnectClusterNodes", Json::array({peer})));
  for (const Json& outcome : items_of(outcomes)) {
    if (!flag_of(outcome, "success"))
      return fail(ErrorKind::kUnavailable, "Could not connect to node " + peer + ": " + text_of(outcome, "error"));
  }
  const std::string id = peer.substr(0, peer.find('@')), address = peer.substr(id.size() + 1);
  for (const Json& node : items_of(status, "nodes")) {
    if (text_of(node, "id") != id || !flag_of(node, "isUp") || text_of(node, "addr") == address) continue;
    // Success all the same: a script may name it in another way.
    session.say(fmt::format("Success: the node was connected already, at {}. {} was not tried.", text_of(node, "addr"),
                            address));
    return {};
  }
  session.say("Success.");
  return {};
}

}  // namespace garage::cli
