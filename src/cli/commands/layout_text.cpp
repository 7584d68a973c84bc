#include "cli/commands/layout_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/ids.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"
#include "codec/byte_size.hpp"

namespace garage::cli {

void say_waiting(Session& session, const Json& waiting) {
  if (waiting.is_null()) return;
  session.say("");
  if (flag_of(waiting, "tooManyRevoked")) {
    session.say(
        fmt::format("Version #{} does not go on: so many nodes of a partition are revoked that data may be missing.",
                    number_of(waiting, "version")));
    return;
  }
  session.say(
      fmt::format("Version #{} waits for these nodes to {}:", number_of(waiting, "version"), text_of(waiting, "step")));
  for (const std::string& id : texts_of(waiting, "nodes")) session.say("  " + short_id(id));
}

std::string redundancy_text(const Json& parameters) {
  const Json& value = member(parameters, "zoneRedundancy");
  return value.is_object() ? fmt::format("{}", number_of(value, "atLeast")) : "maximum";
}

std::string capacity_text(const Json& role) {
  const auto capacity = member(role, "capacity").as_uint64();
  return capacity ? codec::binary_size(*capacity) : "gateway";
}

void say_roles(Session& session, const Json& layout) {
  if (items_of(layout, "roles").empty()) {
    session.say("No nodes currently have a role in the cluster.");
    session.say("See `garage status` to view available nodes.");
    return;
  }
  std::vector<Row> rows = {{"ID", "Tags", "Zone", "Capacity", "Usable capacity"}};
  for (const Json& role : items_of(layout, "roles")) {
    Row row = {short_id(text_of(role, "id")), tags_text(texts_of(role, "tags")), text_of(role, "zone"),
               capacity_text(role)};
    if (const auto capacity = member(role, "capacity").as_uint64()) {
      row.push_back(share_text(number_of(role, "usableCapacity"), *capacity));
    }
    rows.push_back(std::move(row));
  }
  session.out += text_table(rows);
  session.say("");
  session.say("Zone redundancy: " + redundancy_text(member(layout, "parameters")));
}

bool say_staged_changes(Session& session, const Json& layout) {
  const auto& changes = items_of(layout, "stagedRoleChanges");
  const Json& parameters = member(layout, "stagedParameters");
  if (changes.empty() && parameters.is_null()) return false;
  session.say("");
  session.say("==== STAGED ROLE CHANGES ====");
  if (!changes.empty()) {
    std::vector<Row> rows = {{"ID", "Tags", "Zone", "Capacity"}};
    for (const Json& change : changes) {
      const std::string id = short_id(text_of(change, "id"));
      if (flag_of(change, "remove")) {
        rows.push_back({id, "REMOVED"});
      } else {
        rows.push_back({id, tags_text(texts_of(change, "tags")), text_of(change, "zone"), capacity_text(change)});
      }
    }
    session.out += text_table(rows);
  }
  if (!parameters.is_null()) {
    if (!changes.empty()) session.say("");
    session.say("Zone redundancy: " + redundancy_text(parameters));
  }
  return true;
}

namespace {

using NodeNames = std::map<std::string, std::string>;  // ids, and what hosts are called

// "30f99aea28599fd0 (h1), ..."
std::string some_of(const NodeNames& nodes) {
  constexpr size_t kShownMax = 10;
  std::vector<std::string> shown;
  for (const auto& [id, hostname] : nodes) {
    if (shown.size() == kShownMax) {
      shown.emplace_back("...");
      break;
    }
    shown.push_back(hostname.empty() ? short_id(id) : fmt::format("{} ({})", short_id(id), hostname));
  }
  return fmt::format("{}", fmt::join(shown, ", "));
}

std::unexpected<Error> not_one_node(const std::string& text, const NodeNames& matching, const NodeNames& all) {
  const std::string count = fmt::format("{} nodes match '{}'", matching.size(), text);
  if (!matching.empty())
    return fail(ErrorKind::kInvalid, fmt::format("{}: {}. Give more of the id", count, some_of(matching)));
  return fail(ErrorKind::kInvalid,
              fmt::format("{}. Known are {}; another one is made known by `garage node connect`", count, some_of(all)));
}

}  // namespace

Result<std::string> find_node(Session& session, const std::string& text, Unknown unknown) {
  std::string prefix = text;
  for (char& c : prefix) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  TRY(const Json status, session.ask("GetClusterStatus"));
  TRY(const Json layout, session.ask("GetClusterLayout"));
  NodeNames nodes;
  for (const Json& node : items_of(status, "nodes")) nodes.emplace(text_of(node, "id"), text_of(node, "hostname"));
  for (const Json& role : items_of(layout, "roles")) nodes.emplace(text_of(role, "id"), "");
  for (const Json& change : items_of(layout, "stagedRoleChanges")) nodes.emplace(text_of(change, "id"), "");
  NodeNames matching;
  std::ranges::copy_if(nodes, std::inserter(matching, matching.end()),
                       [&](const auto& node) { return node.first.starts_with(prefix); });
  if (matching.empty() && unknown == Unknown::kByWholeId && NodeId::from_hex(prefix)) return prefix;
  if (matching.size() != 1 || prefix.empty()) return not_one_node(text, matching, nodes);
  return matching.begin()->first;
}

void say_reminder(Session& session) {
  session.say("Role changes are staged but not yet committed.");
  session.say("Use `garage layout show` to view staged role changes,");
  session.say("and `garage layout apply` to enact staged changes.");
}

}  // namespace garage::cli
