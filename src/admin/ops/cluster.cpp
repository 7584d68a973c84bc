// GetClusterStatus, GetClusterHealth
#include <fmt/format.h>

#include "admin/node_space.hpp"
#include "admin/render.hpp"
#include "admin/version.hpp"

namespace garage::admin {
namespace {

Json space_json(const env::Space& space) {
  return Json::object({{"available", space.available_bytes}, {"total", space.total_bytes}});
}

Json this_node(const Context& context, const layout::ClusterLayout& layout, const NodeSpace& space) {
  const auto role = layout.roles.find(context.facts.id);
  Json out = Json::object({{"id", context.facts.id.hex()},
                           {"garageVersion", fmt::format("v{}", kVersion)},
                           {"addr", context.facts.address.empty() ? Json() : Json(context.facts.address)},
                           {"hostname", context.facts.hostname},
                           {"isUp", true},
                           {"lastSeenSecsAgo", nullptr},
                           {"role", role == layout.roles.end() ? Json() : role_json(role->second)},
                           {"draining", false},
                           {"resyncQueueLen", 0}});
  if (space.data) out.set("dataPartition", space_json(*space.data));
  if (space.metadata) out.set("metadataPartition", space_json(*space.metadata));
  return out;
}

Json missing_node(const NodeId& id, const layout::Role& role) {
  return Json::object({{"id", id.hex()},
                       {"garageVersion", nullptr},
                       {"addr", nullptr},
                       {"hostname", nullptr},
                       {"isUp", false},
                       {"lastSeenSecsAgo", nullptr},
                       {"role", role_json(role)},
                       {"draining", false}});
}

}  // namespace

Task<Reply> get_cluster_status(Context& context, Json) {
  const Layout layout = context.layout.current();
  const NodeSpace space = co_await measure_space(context);
  Json nodes = Json::array();
  bool listed_self = false;
  for (const auto& [id, role] : layout->roles) {
    if (!listed_self && id >= context.facts.id) {
      nodes.push_back(this_node(context, *layout, space));
      listed_self = true;
    }
    if (id != context.facts.id) nodes.push_back(missing_node(id, role));
  }
  if (!listed_self) nodes.push_back(this_node(context, *layout, space));
  co_return Json::object({{"layoutVersion", layout->version}, {"nodes", std::move(nodes)}});
}

Task<Reply> get_cluster_health(Context& context, Json) {
  const Layout layout = context.layout.current();
  uint64_t known = 1, storage = 0, storage_up = 0;
  for (const auto& [id, role] : layout->roles) {
    if (id != context.facts.id) ++known;
    if (!role.capacity_bytes) continue;
    ++storage;
    if (id == context.facts.id) ++storage_up;
  }
  const bool has_layout = layout->version > 0;
  const uint64_t partitions = has_layout ? layout->partition_count : 0;
  const bool all_here = has_layout && storage == storage_up;
  const uint64_t served = all_here ? partitions : 0;
  co_return Json::object({{"status", all_here ? "healthy" : "unavailable"},
                          {"knownNodes", known},
                          {"connectedNodes", 1},
                          {"storageNodes", storage},
                          {"storageNodesUp", storage_up},
                          {"partitions", partitions},
                          {"partitionsQuorum", served},
                          {"partitionsAllOk", served}});
}

}  // namespace garage::admin
