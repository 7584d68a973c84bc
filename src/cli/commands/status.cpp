#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <utility>

#include "cli/commands.hpp"
#include "cli/commands/layout_text.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {
namespace {

// What stands in the Capacity column of a node without a role.
std::string no_role_text(const Json& node, const std::map<std::string, const Json*>& staged) {
  if (flag_of(node, "draining")) return "draining metadata..";
  const auto it = staged.find(text_of(node, "id"));
  if (it != staged.end() && !flag_of(*it->second, "remove")) return "pending...";
  return "NO ROLE ASSIGNED";
}

std::string or_unknown(const std::string& text, std::string_view unknown) {
  return text.empty() ? std::string(unknown) : text;
}

std::string available_text(const Json& node) {
  const Json& role = member(node, "role");
  if (role.is_null()) return "";
  if (!member(role, "capacity").as_uint64()) return "N/A";
  const Json& space = member(node, "dataPartition");
  return space.is_null() ? "?" : share_text(number_of(space, "available"), number_of(space, "total"));
}

std::string queue_text(const Json& node) {
  const auto length = member(node, "resyncQueueLen").as_uint64();
  return length ? fmt::format("{}", *length) : "N/A";
}

Row healthy_row(const Json& node, const std::map<std::string, const Json*>& staged) {
  const Json& role = member(node, "role");
  const bool has_role = !role.is_null();
  return {short_id(text_of(node, "id")),
          or_unknown(text_of(node, "hostname"), "?"),
          or_unknown(text_of(node, "addr"), "N/A"),
          has_role ? tags_text(texts_of(role, "tags")) : "",
          has_role ? text_of(role, "zone") : "",
          has_role ? capacity_text(role) : no_role_text(node, staged),
          available_text(node),
          queue_text(node),
          text_of(node, "garageVersion")};
}

// Somebody who once was connected, and is nothing to the cluster.
bool is_stranger(const Json& node, const std::map<std::string, const Json*>& staged) {
  const bool staged_to_stay = no_role_text(node, staged) == "pending...";
  const bool in_trouble = !text_of(node, "trouble").empty();
  return member(node, "role").is_null() && !flag_of(node, "draining") && !staged_to_stay && !in_trouble;
}

Row failed_row(const Json& node, const std::map<std::string, const Json*>& staged) {
  const Json& role = member(node, "role");
  const auto seen = member(node, "lastSeenSecsAgo").as_uint64();
  const bool has_role = !role.is_null();
  return {short_id(text_of(node, "id")),
          or_unknown(text_of(node, "hostname"), "?"),
          has_role ? tags_text(texts_of(role, "tags")) : "",
          has_role ? text_of(role, "zone") : "",
          has_role ? capacity_text(role) : no_role_text(node, staged),
          seen ? ago_text(*seen) : "never seen"};
}

// Beyond it, this node stamps what is written by the clock of the others.
constexpr int64_t kClockOffsetShownMs = 10 * 60 * 1000;

// What is wrong with a node, below the tables.
void say_troubles(Session& session, const Json& status) {
  bool first = true;
  const auto say = [&](const std::string& line) {
    if (std::exchange(first, false)) session.say("");
    session.out += text_table({{line}});
  };
  for (const Json& node : items_of(status, "nodes")) {
    const std::string trouble = text_of(node, "trouble");
    if (!trouble.empty()) say(fmt::format("Node {}: {}", short_id(text_of(node, "id")), trouble));
  }
  const int64_t offset = member(status, "clockOffsetMs").as_int64().value_or(0);
  if (offset > kClockOffsetShownMs || offset < -kClockOffsetShownMs) {
    say(fmt::format("The clock of this node is {} minutes {} the clocks of the cluster: please correct it.",
                    std::abs(offset) / 60000, offset > 0 ? "behind" : "ahead of"));
  }
}

bool any_draining(const Json& status) {
  for (const Json& node : items_of(status, "nodes")) {
    if (!flag_of(node, "isUp") && flag_of(node, "draining")) return true;
  }
  return false;
}

}  // namespace

Result<void> run_status(Session& session) {
  TRY(const Json status, session.ask("GetClusterStatus"));
  TRY(const Json layout, session.ask("GetClusterLayout"));
  std::map<std::string, const Json*> staged;
  for (const Json& change : items_of(layout, "stagedRoleChanges")) staged[text_of(change, "id")] = &change;
  std::vector<Row> healthy = {
      {"ID", "Hostname", "Address", "Tags", "Zone", "Capacity", "DataAvail", "ResyncQueue", "Version"}};
  std::vector<Row> failed = {{"ID", "Hostname", "Tags", "Zone", "Capacity", "Last seen"}};
  for (const Json& node : items_of(status, "nodes")) {
    if (flag_of(node, "isUp")) {
      healthy.push_back(healthy_row(node, staged));
    } else if (!is_stranger(node, staged)) {
      failed.push_back(failed_row(node, staged));
    }
  }
  session.say("==== HEALTHY NODES ====");
  session.out += text_table(healthy);
  if (failed.size() > 1) {
    session.say("");
    session.say("==== FAILED NODES ====");
    session.out += text_table(failed);
  }
  say_waiting(session, member(status, "waitingFor"));
  if (any_draining(status)) {
    session.say("");
    session.say(
        "Some of the failed nodes still have to hand over data that they hold by an earlier layout. If they are");
    session.say("gone for good, see `garage layout history` and `garage layout skip-dead-nodes`.");
  }
  say_troubles(session, status);
  if (say_staged_changes(session, layout)) {
    session.say("");
    session.say("Please use `garage layout show` to check the proposed new layout and apply it.");
  }
  return {};
}

}  // namespace garage::cli
