// GetClusterStatus
#include <fmt/format.h>

#include <map>

#include "admin/node_space.hpp"
#include "admin/render.hpp"
#include "admin/version.hpp"

namespace garage::admin {
namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json node_json(const PeerFacts& node, const layout::ClusterLayout& layout, bool draining) {
  const auto role = layout.roles.find(node.id);
  Json out = Json::object({{"id", node.id.hex()},
                           {"garageVersion", text_or_null(node.version)},
                           {"addr", text_or_null(node.address)},
                           {"hostname", text_or_null(node.hostname)},
                           {"isUp", node.up},
                           {"lastSeenSecsAgo", node.last_seen_secs_ago ? Json(*node.last_seen_secs_ago) : Json()},
                           {"role", role == layout.roles.end() ? Json() : role_json(role->second)},
                           {"draining", draining}});
  if (node.resync_queue) out.set("resyncQueueLen", *node.resync_queue);
  if (node.data) out.set("dataPartition", space_json(*node.data));
  if (node.metadata) out.set("metadataPartition", space_json(*node.metadata));
  if (!node.trouble.empty()) out.set("trouble", node.trouble);
  return out;
}

// Who serves nothing any more is as good as away, whether or not it can be reached.
void show_revoked(PeerFacts& node, const layout::ClusterLayout& layout, bool is_self) {
  node.up = false;
  const auto role = layout.roles.find(node.id);
  // That it comes again and is sent away is as it should be.
  node.refused = role != layout.roles.end() || is_self;
  if (!node.refused) return;
  node.trouble = fmt::format(
      "it was revoked, by an operator or because its metadata was lost: it serves and votes nothing, and comes back as "
      "a new node only (its metadata directory emptied, with node_key). Give its role to another one: `garage layout "
      "assign NEW --replace {}`",
      node.id.hex().substr(0, 16));
}

// Of one that nobody needs and that does not come, it is of no interest why it cannot be reached.
void leave_out_old_trouble(PeerFacts& node, const LayoutState& layout) {
  const bool is_wanted = layout.current.roles.contains(node.id) || layout.current.staged.roles.contains(node.id) ||
                         is_draining(layout, node.id);
  if (!node.up && !node.refused && !is_wanted) node.trouble.clear();
}

Task<PeerFacts> this_node(Context& context) {
  const NodeSpace space = co_await context.space.measure();
  co_return PeerFacts{
      .id = context.facts.id,
      .hostname = context.facts.hostname,
      .address = context.facts.address,
      .version = fmt::format("v{}", kVersion),
      .up = true,
      .data = space.data,
      .metadata = space.metadata,
      .resync_queue = context.maintenance != nullptr ? context.maintenance->resync().stats().queue_length : 0};
}

}  // namespace

Task<Reply> get_cluster_status(Context& context, Json) {
  const LayoutSnapshot layout = context.layout.snapshot();
  std::map<NodeId, PeerFacts> nodes;
  // Those with a role, or with data to hand over, whether or not they were ever met.
  for (auto it = layout->history.versions.lower_bound(layout->history.settled); it != layout->history.versions.end();
       ++it) {
    for (const auto& [id, role] : it->second.layout->roles) {
      if (role.capacity_bytes || it->first == layout->current.version) nodes[id].id = id;
    }
  }
  if (context.cluster != nullptr) {
    for (PeerFacts& peer : context.cluster->peers()) nodes[peer.id] = std::move(peer);
  }
  nodes[context.facts.id] = co_await this_node(context);
  for (const auto& [id, settled] : layout->history.revoked) {
    if (const auto node = nodes.find(id); node != nodes.end())
      show_revoked(node->second, layout->current, id == context.facts.id);
  }
  if (context.cluster != nullptr && context.cluster->is_revoked())
    show_revoked(nodes[context.facts.id], layout->current, true);
  for (auto& [id, node] : nodes) leave_out_old_trouble(node, *layout);
  Json list = Json::array();
  for (const auto& [id, node] : nodes) list.push_back(node_json(node, layout->current, is_draining(*layout, id)));
  Json out = Json::object({{"layoutVersion", layout->current.version}, {"nodes", std::move(list)}});
  if (context.cluster != nullptr) out.set("clockOffsetMs", context.cluster->clock_offset_ms());
  if (Json waiting = waiting_json(layout->history); !waiting.is_null()) out.set("waitingFor", std::move(waiting));
  co_return out;
}

}  // namespace garage::admin
