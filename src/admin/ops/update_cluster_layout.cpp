#include <fmt/format.h>

#include <algorithm>

#include "admin/fields.hpp"
#include "admin/node_identity.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

struct RoleChange {
  NodeId node;
  std::optional<layout::Role> role;  // nullopt: it leaves
};

AdminResult<RoleChange> read_role_change(const Json& value) {
  const Fields fields(value);
  ADMIN_TRY(const auto id_text, fields.required_text("id"));
  const auto node = NodeId::from_hex(id_text);
  if (!node) return invalid_request(fmt::format("'{}' is not a node id (64 hexadecimal digits)", id_text));
  if (fields.mentions("remove")) {
    ADMIN_TRY(const auto remove, fields.flag("remove"));
    if (!remove.value_or(false)) return invalid_request("`remove` must be true where it is given");
    return RoleChange{*node, std::nullopt};
  }
  layout::Role role;
  ADMIN_TRY(role.zone, fields.required_text("zone"));
  ADMIN_TRY(role.capacity_bytes, fields.number("capacity"));
  if (const Json* tags = fields.find("tags")) {
    if (!tags->is_array()) return invalid_request("`tags` must be an array of strings");
    for (const Json& tag : *tags->as_array()) {
      if (!tag.as_string()) return invalid_request("`tags` must be an array of strings");
      role.tags.emplace_back(*tag.as_string());
    }
  }
  return RoleChange{*node, std::move(role)};
}

AdminResult<std::vector<RoleChange>> read_role_changes(const Json* value) {
  std::vector<RoleChange> out;
  if (!value) return out;
  if (!value->is_array()) return invalid_request("`roles` must be an array");
  for (const Json& item : *value->as_array()) {
    ADMIN_TRY(auto change, read_role_change(item));
    out.push_back(std::move(change));
  }
  return out;
}

AdminResult<std::optional<layout::ZoneRedundancy>> read_redundancy(const Json* parameters) {
  if (!parameters) return std::nullopt;
  const Json* value = parameters->find("zoneRedundancy");
  if (!value) return invalid_request("`parameters` must have zoneRedundancy");
  if (value->as_string() == "maximum") return layout::ZoneRedundancy{};
  const Json* at_least = value->find("atLeast");
  if (!at_least || !at_least->as_uint64() || *at_least->as_uint64() > UINT32_MAX) {
    return invalid_request("`zoneRedundancy` must be \"maximum\" or {\"atLeast\": n}");
  }
  return layout::ZoneRedundancy{static_cast<uint32_t>(*at_least->as_uint64())};
}

// It would be waited for, and never come: whoever is sent away for what it is hears of no layout.
AdminResult<bool> check_not_refused(const Context& context, const std::vector<RoleChange>& changes) {
  if (context.cluster == nullptr) return true;
  const Layout layout = context.layout.current();
  const auto peers = context.cluster->peers();
  for (const RoleChange& change : changes) {
    if (!change.role || layout->roles.contains(change.node)) continue;
    const auto peer = std::ranges::find(peers, change.node, &PeerFacts::id);
    if (peer == peers.end() || peer->up || !peer->refused) continue;
    return invalid_request(fmt::format("Node {} is refused, and a change that waits for it would not end: {}",
                                       short_id(change.node), peer->trouble));
  }
  return true;
}

}  // namespace

Task<Reply> update_cluster_layout(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto changes, read_role_changes(fields.find("roles")));
  CO_ADMIN_TRY(const auto redundancy, read_redundancy(fields.find("parameters")));
  CO_ADMIN_TRY([[maybe_unused]] const bool may_come, check_not_refused(context, changes));
  auto edit = [changes, redundancy](layout::History& history) -> Result<void> {
    for (const RoleChange& change : changes) CHECK_OK(layout::stage_role(history, change.node, change.role));
    if (redundancy) CHECK_OK(layout::stage_redundancy(history, *redundancy));
    return {};
  };
  CO_ADMIN_TRY(const Layout edited, co_await context.layout.edit(std::move(edit)));
  co_return layout_json(*edited);
}

}  // namespace garage::admin
