// GetClusterLayout, PreviewClusterLayoutChanges, ApplyClusterLayout, RevertClusterLayout
#include <fmt/format.h>

#include "admin/connected_nodes.hpp"
#include "admin/fields.hpp"
#include "admin/render.hpp"
#include "admin/revocation.hpp"
#include "runtime/sleep.hpp"

namespace garage::admin {
namespace {

Json lines_json(const std::vector<std::string>& lines) {
  Json out = Json::array();
  for (const auto& line : lines) out.push_back(line);
  return out;
}

AdminResult<std::vector<NodeId>> read_nodes(const Json* value) {
  std::vector<NodeId> out;
  if (!value) return out;
  if (!value->is_array()) return invalid_request("`revoke` must be an array of node ids");
  for (const Json& item : *value->as_array()) {
    const auto node = NodeId::from_hex(item.as_string().value_or(""));
    if (!node) return invalid_request("`revoke` must be an array of node ids (64 hexadecimal digits)");
    out.push_back(*node);
  }
  return out;
}

// A node that is refused for ever must not have a role in what comes.
Result<void> check_without(const layout::ClusterLayout& next, const std::vector<NodeId>& revoked) {
  for (const NodeId& node : revoked) {
    if (!next.roles.contains(node)) continue;
    return fail(ErrorKind::kInvalid, fmt::format("Node {} has a role in the new version: remove it before revoking it",
                                                 node.hex().substr(0, 16)));
  }
  return {};
}

// Nothing takes a revocation back, and it is for the dead: who lives goes on to serve until it hears of it.
Result<void> check_dead(const Context& context, const std::vector<NodeId>& revoked) {
  const auto connected = connected_nodes(context);
  for (const NodeId& node : revoked) {
    if (!connected.contains(node)) continue;
    return fail(
        ErrorKind::kInvalid,
        fmt::format("Node {} is connected, so it lives: stop it before it is revoked, for it will be refused for "
                    "ever. One that shall leave needs no revocation",
                    node.hex().substr(0, 16)));
  }
  return {};
}

Result<void> revoke(layout::History& history, const std::vector<NodeId>& nodes, bool allow_missing_data) {
  CHECK_OK(check_without(layout::current_layout(history), nodes));
  CHECK_OK(layout::revoke(history, nodes));
  if (nodes.empty()) return {};
  if (!allow_missing_data) return check_enough_left(history);
  if (layout::is_stopped_by_revocation(history)) layout::accept_loss(history, history.newest());
  return {};
}

// The dead have left already, in the newest version: there is no change to come with, and none is needed.
bool only_revokes(const layout::ClusterLayout& newest, uint64_t version, const std::vector<NodeId>& nodes) {
  return newest.staged.empty() && !nodes.empty() && newest.version > 0 && version == newest.version + 1;
}

std::vector<std::string> says_same_version(const layout::ClusterLayout& newest) {
  return {fmt::format("No changes are staged: version {} stays the newest one.", newest.version)};
}

// Behind the first version people go on at once, with a bucket or a key: it should be in force by then.
Task<void> wait_for_the_first(Context& context) {
  constexpr int kLooksMax = 100;
  for (int look = 0; look < kLooksMax && context.layout.snapshot()->history.settled == 0; ++look) {
    co_await runtime::sleep_for(50ms);
  }
}

}  // namespace

Task<Reply> get_cluster_layout(Context& context, Json) {
  co_return layout_json(*context.layout.current());
}

Task<Reply> preview_cluster_layout_changes(Context& context, Json) {
  const Layout current = context.layout.current();
  const auto next = layout::next_version(*current);
  if (!next) co_return Json::object({{"error", next.error().message}});
  co_return Json::object({{"message", lines_json(layout::describe_change(*current, *next))},
                          {"newLayout", layout_json(*next)},
                          {"statistics", layout_statistics(*current, *next)}});
}

Task<Reply> apply_cluster_layout(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto version, fields.number("version"));
  CO_ADMIN_TRY(const auto revoked, read_nodes(fields.find("revoke")));
  CO_ADMIN_TRY(const auto allow_missing_data, fields.flag("allowMissingData"));
  if (!version) co_return invalid_request("`version` is missing");
  CO_ADMIN_CHECK_OK(check_dead(context, revoked));
  // What the edit saw, for the report.
  auto before = std::make_shared<layout::ClusterLayout>();
  auto edit = [version = *version, revoked, allow = allow_missing_data.value_or(false),
               before](layout::History& history) -> Result<void> {
    *before = layout::current_layout(history);
    if (!only_revokes(*before, version, revoked)) CHECK_OK(layout::apply_staged(history, version));
    return revoke(history, revoked, allow);
  };
  auto applied = co_await context.layout.edit(std::move(edit));
  CO_ADMIN_CHECK_OK(applied);
  if (context.cluster != nullptr) co_await wait_for_the_first(context);
  const bool is_new = (*applied)->version == *version;
  co_return Json::object(
      {{"message", lines_json(is_new ? layout::describe_change(*before, **applied) : says_same_version(**applied))},
       {"layout", layout_json(**applied)},
       {"statistics", layout_statistics(*before, **applied)}});
}

Task<Reply> revert_cluster_layout(Context& context, Json) {
  CO_ADMIN_TRY(const Layout layout, co_await context.layout.edit([](layout::History& edited) -> Result<void> {
    layout::revert_staged(edited);
    return {};
  }));
  co_return layout_json(*layout);
}

}  // namespace garage::admin
