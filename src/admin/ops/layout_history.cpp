// GetClusterLayoutHistory, ClusterLayoutSkipDeadNodes
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "admin/connected_nodes.hpp"
#include "admin/fields.hpp"
#include "admin/node_identity.hpp"
#include "admin/render.hpp"
#include "admin/revocation.hpp"

namespace garage::admin {
namespace {

std::string_view status_of(const layout::History& history, uint64_t version) {
  if (version == history.newest()) return "Current";
  return version < history.settled ? "Historical" : "Draining";
}

Json version_json(const layout::History& history, const layout::LayoutVersion& version) {
  uint64_t storage = 0;
  for (const auto& [node, role] : version.roles) storage += role.capacity_bytes ? 1 : 0;
  return Json::object({{"version", version.version},
                       {"status", status_of(history, version.version)},
                       {"storageNodes", storage},
                       {"gatewayNodes", version.roles.size() - storage}});
}

// Whose progress is worth showing: the storage nodes of the settled version and of those that come after it.
std::set<NodeId> tracked_nodes(const layout::History& history) {
  std::set<NodeId> out;
  for (auto it = history.versions.lower_bound(history.settled); it != history.versions.end(); ++it) {
    const auto& nodes = it->second.layout->assignment.nodes;
    out.insert(nodes.begin(), nodes.end());
  }
  return out;
}

Json trackers_json(const layout::History& history) {
  Json out = Json::object();
  for (const NodeId& node : tracked_nodes(history)) {
    const layout::Tracker tracker = layout::tracker_of(history, node);
    out.set(node.hex(), Json::object({{"ack", tracker.ack}, {"sync", tracker.sync}, {"syncAck", tracker.sync_ack}}));
  }
  return out;
}

uint64_t least_ack(const layout::History& history) {
  uint64_t least = history.newest();
  for (const NodeId& node : tracked_nodes(history)) {
    if (!history.revoked.contains(node)) least = std::min(least, layout::tracker_of(history, node).ack);
  }
  return least;
}

// Nodes that versions up to this one still need, and that are not there.
std::vector<NodeId> dead_and_needed(const layout::History& history, uint64_t version,
                                    const std::set<NodeId>& connected) {
  std::set<NodeId> out;
  for (auto it = history.versions.lower_bound(history.settled); it != history.versions.end() && it->first <= version;
       ++it) {
    for (const auto& [node, copies] : it->second.layout->assignment.partitions) {
      if (copies > 0 && !connected.contains(node) && !history.revoked.contains(node) &&
          layout::tracker_of(history, node).sync_ack < version) {
        out.insert(node);
      }
    }
  }
  return {out.begin(), out.end()};
}

Result<void> check_skip(const layout::History& history, uint64_t version) {
  if (history.settled == history.newest()) {
    return fail(ErrorKind::kInvalid, "There is only one live version of the cluster layout: no node is waited for");
  }
  if (version <= history.settled || version > history.newest()) {
    return fail(ErrorKind::kInvalid, fmt::format("Invalid version to reach: must be one of {} to {}",
                                                 history.settled + 1, history.newest()));
  }
  return {};
}

// What to type where these nodes are dead: who still has a role leaves first.
std::string commands_without(const layout::History& history, const std::vector<NodeId>& dead) {
  const auto newest = layout::current_layout(history);
  std::string leave, revoke;
  for (const NodeId& node : dead) {
    const std::string id = short_id(node);
    const auto staged = newest.staged.roles.find(node);
    const bool leaves = staged != newest.staged.roles.end() && !staged->second;
    if (newest.roles.contains(node) && !leaves) leave += fmt::format("`garage layout remove {}`, ", id);
    revoke += " --revoke " + id;
  }
  return fmt::format("{}{}`garage layout apply --version {}{}`", leave, leave.empty() ? "" : "then ",
                     history.newest() + 1, revoke);
}

// A node that is cut off takes all others for dead. What it sees must be most of those that take part; half of them,
// where people accept that data may be missing, or one of two could never be gone on without.
Result<void> check_sight(const layout::History& history, bool allow_missing_data, const std::set<NodeId>& connected,
                         const std::vector<NodeId>& missing) {
  size_t here = 0, all = 0;
  for (const NodeId& node : layout::involved_nodes(history)) {
    if (history.revoked.contains(node)) continue;
    ++all;
    if (connected.contains(node)) ++here;
  }
  if (2 * here > all || (2 * here == all && allow_missing_data)) return {};
  return fail(
      ErrorKind::kInvalid,
      fmt::format("This node is connected to {} of the {} nodes that take part in the change, itself included: it "
                  "may be cut off, and would revoke nodes that live. Nobody was revoked. Ask a node that sees "
                  "most of them; or, if these are really dead, say so yourself: {}",
                  here, all, commands_without(history, missing)));
}

struct Skipped {
  std::vector<NodeId> revoked;  // now
  std::vector<NodeId> without;  // whose rows are gone on without
};

Result<Skipped> skip_dead(layout::History& history, uint64_t version, bool allow_missing_data,
                          const std::set<NodeId>& connected) {
  CHECK_OK(check_skip(history, version));
  Skipped out{.revoked = dead_and_needed(history, version, connected), .without = {}};
  std::vector<NodeId> involved = layout::involved_nodes(history);
  if (!out.revoked.empty()) CHECK_OK(check_sight(history, allow_missing_data, connected, out.revoked));
  CHECK_OK(layout::revoke(history, out.revoked));
  if (!out.revoked.empty() && !allow_missing_data) CHECK_OK(check_enough_left(history));
  if (!allow_missing_data || history.settled >= version) return out;
  std::ranges::copy_if(involved, std::back_inserter(out.without),
                       [&history](const NodeId& node) { return history.revoked.contains(node); });
  if (!out.without.empty()) layout::accept_loss(history, version);
  return out;
}

}  // namespace

Task<Reply> get_cluster_layout_history(Context& context, Json) {
  const LayoutSnapshot snapshot = context.layout.snapshot();
  const layout::History& history = snapshot->history;
  Json versions = Json::array();
  for (auto it = history.versions.rbegin(); it != history.versions.rend(); ++it)
    versions.push_back(version_json(history, *it->second.layout));
  const bool one_live = history.settled == history.newest();
  co_return Json::object(
      {{"currentVersion", history.newest()},
       {"minAck", least_ack(history)},
       {"versions", std::move(versions)},
       {"updateTrackers", one_live ? Json() : trackers_json(history)},
       {"waitingFor", waiting_json(history)},
       {"revokedNodes", ids_json(layout::revoked_nodes(history))},
       {"wouldRevoke", ids_json(dead_and_needed(history, history.newest(), connected_nodes(context)))},
       {"replicationFactor", history.replication_factor}});
}

Task<Reply> cluster_layout_skip_dead_nodes(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto version, fields.number("version"));
  CO_ADMIN_TRY(const auto allow_missing_data, fields.flag("allowMissingData"));
  if (!version) co_return invalid_request("`version` is missing");
  auto skipped = std::make_shared<Skipped>();
  const auto edit = [skipped, version = *version, allow = allow_missing_data.value_or(false),
                     connected = connected_nodes(context)](layout::History& history) -> Result<void> {
    TRY(*skipped, skip_dead(history, version, allow, connected));
    return {};
  };
  CO_ADMIN_CHECK_OK(co_await context.layout.edit(edit));
  co_return Json::object({{"ackUpdated", ids_json(skipped->revoked)}, {"syncUpdated", ids_json(skipped->without)}});
}

}  // namespace garage::admin
