// layout history, layout skip-dead-nodes
#include <fmt/format.h>

#include <charconv>

#include "cli/commands.hpp"
#include "cli/commands/layout_text.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {
namespace {

void say_versions(Session& session, const Json& history) {
  std::vector<Row> rows = {{"Version", "Status", "Storage nodes", "Gateway nodes"}};
  for (const Json& version : items_of(history, "versions")) {
    rows.push_back({fmt::format("#{}", number_of(version, "version")), text_of(version, "status"),
                    fmt::format("{}", number_of(version, "storageNodes")),
                    fmt::format("{}", number_of(version, "gatewayNodes"))});
  }
  session.out += text_table(rows);
}

void say_trackers(Session& session, const Json& trackers) {
  std::vector<Row> rows = {{"Node", "Ack", "Sync", "Sync_ack"}};
  for (const auto& [id, tracker] : *trackers.as_object()) {
    rows.push_back({short_id(id), fmt::format("#{}", number_of(tracker, "ack")),
                    fmt::format("#{}", number_of(tracker, "sync")), fmt::format("#{}", number_of(tracker, "syncAck"))});
  }
  session.say("");
  session.say("==== UPDATE TRACKERS ====");
  session.out += text_table(rows);
}

void say_advice(Session& session, const Json& history) {
  const uint64_t current = number_of(history, "currentVersion");
  const bool acknowledged = number_of(history, "minAck") >= current;
  const bool too_many = flag_of(member(history, "waitingFor"), "tooManyRevoked");
  session.say("");
  session.say(too_many ? "If the revoked nodes are lost, and what only they had may be missing, go on without it:"
                       : "If some of these nodes are dead and will not come back, go on without them:");
  session.say("");
  session.say(fmt::format("    garage layout skip-dead-nodes --version {}{}", current,
                          acknowledged || too_many ? " --allow-missing-data" : ""));
  session.say("");
  const auto lost = texts_of(history, "wouldRevoke");
  session.say("Nodes that are not connected then are refused for ever, even if they come back.");
  session.say(!lost.empty() ? "At present these would be:"
              : too_many    ? "At present all others that are needed are connected."
                            : "At present all that are needed are connected: there is nobody to skip.");
  for (const std::string& id : lost) session.say("  " + short_id(id));
  if (number_of(history, "replicationFactor") == 2)
    session.say("With replication factor 2 they must really be off: one that lives would go on to serve old data.");
}

}  // namespace

Result<void> run_layout_history(Session& session) {
  TRY(const Json history, session.ask("GetClusterLayoutHistory"));
  session.say("==== LAYOUT HISTORY ====");
  say_versions(session, history);
  const Json& trackers = member(history, "updateTrackers");
  if (!trackers.is_object()) {
    session.say("");
    session.say("Your cluster is in a stable state with a single live layout version.");
    session.say(
        "Metadata is where this version wants it; blocks may still be on their way, which is not tracked here.");
    return {};
  }
  say_trackers(session, trackers);
  say_waiting(session, member(history, "waitingFor"));
  say_advice(session, history);
  return {};
}

Result<void> run_layout_skip_dead_nodes(Session& session) {
  const std::string text = session.arguments.text("version");
  uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is not a version number", text));
  }
  const bool allow = session.arguments.has("allow-missing-data");
  TRY(const Json skipped,
      session.ask("ClusterLayoutSkipDeadNodes", Json::object({{"version", version}, {"allowMissingData", allow}})));
  const auto revoked = texts_of(skipped, "ackUpdated"), without = texts_of(skipped, "syncUpdated");
  if (revoked.empty() && without.empty()) {
    return fail(ErrorKind::kInvalid, allow ? "Nothing could be done for the version to go on: all nodes that it waits "
                                             "for are connected. Please wait for them."
                                           : "All nodes that are waited for are connected, or were skipped before. If "
                                             "it does not go on, try --allow-missing-data: data may be lost then.");
  }
  for (const std::string& id : revoked)
    session.say(fmt::format("Node {} is not waited for any more, and refused for ever.", short_id(id)));
  for (const std::string& id : without)
    session.say(fmt::format("Version #{} goes on without the data that only node {} may have.", version, short_id(id)));
  return {};
}

}  // namespace garage::cli
