#include <algorithm>
#include <set>

#include "admin/render.hpp"

namespace garage::admin {
namespace {

Json tags_json(const layout::Role& role) {
  Json out = Json::array();
  for (const auto& tag : role.tags) out.push_back(tag);
  return out;
}

Json capacity_json(const layout::Role& role) {
  return role.capacity_bytes ? Json(*role.capacity_bytes) : Json();
}

Json parameters(layout::ZoneRedundancy redundancy) {
  return Json::object(
      {{"zoneRedundancy", redundancy.at_least ? Json::object({{"atLeast", *redundancy.at_least}}) : Json("maximum")}});
}

uint32_t partitions_of(const layout::LayoutVersion& layout, const NodeId& node) {
  const auto it = layout.assignment.partitions.find(node);
  return it == layout.assignment.partitions.end() ? 0 : it->second;
}

struct Totals {
  uint64_t partitions = 0, capacity = 0, usable = 0;
};

Json zone_json(const layout::LayoutVersion& before, const layout::LayoutVersion& after, const std::string& zone) {
  Totals totals;
  Json nodes = Json::array();
  for (const auto& [node, role] : after.roles) {
    if (role.zone != zone || !role.capacity_bytes) continue;
    nodes.push_back(Json::object({{"id", node.hex()},
                                  {"tags", tags_json(role)},
                                  {"storedPartitions", partitions_of(after, node)},
                                  {"newPartitions", layout::copies_to_move(before.assignment, after.assignment, node)},
                                  {"totalCapacity", *role.capacity_bytes},
                                  {"usableCapacity", after.usable_bytes(node)}}));
    totals.partitions += partitions_of(after, node);
    totals.capacity += *role.capacity_bytes;
    totals.usable += after.usable_bytes(node);
  }
  return Json::object({{"name", zone},
                       {"totalReplicatedPartitions", totals.partitions},
                       {"uniquePartitions", layout::unique_partitions(after.assignment, after.roles, zone)},
                       {"totalCapacity", totals.capacity},
                       {"usableCapacity", totals.usable},
                       {"nodes", std::move(nodes)}});
}

}  // namespace

Json role_json(const layout::Role& role) {
  return Json::object({{"zone", role.zone}, {"tags", tags_json(role)}, {"capacity", capacity_json(role)}});
}

Json layout_json(const layout::ClusterLayout& layout) {
  Json roles = Json::array();
  for (const auto& [node, role] : layout.roles) {
    const bool stores = role.capacity_bytes.has_value();
    roles.push_back(Json::object({{"id", node.hex()},
                                  {"zone", role.zone},
                                  {"tags", tags_json(role)},
                                  {"capacity", capacity_json(role)},
                                  {"storedPartitions", stores ? Json(partitions_of(layout, node)) : Json()},
                                  {"usableCapacity", stores ? Json(layout.usable_bytes(node)) : Json()}}));
  }
  Json staged = Json::array();
  for (const auto& [node, role] : layout.staged.roles) {
    Json change = Json::object({{"id", node.hex()}});
    if (role) {
      change.set("zone", role->zone);
      change.set("tags", tags_json(*role));
      change.set("capacity", capacity_json(*role));
    } else {
      change.set("remove", true);
    }
    staged.push_back(std::move(change));
  }
  return Json::object(
      {{"version", layout.version},
       {"roles", std::move(roles)},
       {"parameters", parameters(layout.redundancy)},
       {"partitionSize", layout.assignment.partition_bytes},
       {"partitions", layout.partition_count},
       {"stagedRoleChanges", std::move(staged)},
       {"stagedParameters", layout.staged.redundancy ? parameters(*layout.staged.redundancy) : Json()}});
}

Json layout_json(const layout::LayoutVersion& version) {
  layout::ClusterLayout layout;
  static_cast<layout::LayoutVersion&>(layout) = version;
  return layout_json(layout);
}

Json layout_statistics(const layout::LayoutVersion& before, const layout::LayoutVersion& after) {
  std::set<std::string> zones;
  Totals totals;
  uint64_t moved = 0;
  for (const auto& [node, role] : after.roles) {
    if (!role.capacity_bytes) continue;
    zones.insert(role.zone);
    totals.capacity += *role.capacity_bytes;
    totals.usable += after.usable_bytes(node);
    moved += layout::copies_to_move(before.assignment, after.assignment, node);
  }
  Json zones_json = Json::array();
  for (const auto& zone : zones) zones_json.push_back(zone_json(before, after, zone));
  const bool first = before.version == 0;
  const uint64_t zone_count =
      std::min<uint64_t>(after.redundancy.at_least.value_or(after.replication_factor), zones.size());
  return Json::object({{"replicationFactor", after.replication_factor},
                       {"effectiveZoneRedundancy", zone_count},
                       {"partitionSize", after.assignment.partition_bytes},
                       {"previousPartitionSize", first ? Json() : Json(before.assignment.partition_bytes)},
                       {"lowPartitionSize", after.assignment.partition_bytes < 100},
                       {"usableCapacity", totals.usable},
                       {"totalCapacity", totals.capacity},
                       {"effectiveCapacity", totals.usable / after.replication_factor},
                       {"lowUsableCapacity", totals.usable * 10 < totals.capacity * 8},
                       {"totalMovedPartitions", first ? Json() : Json(moved)},
                       {"zones", std::move(zones_json)}});
}

Json ids_json(const std::vector<NodeId>& nodes) {
  Json out = Json::array();
  for (const NodeId& node : nodes) out.push_back(node.hex());
  return out;
}

Json waiting_json(const layout::History& history) {
  const auto waiting = layout::waiting_for(history);
  if (!waiting) return {};
  return Json::object({{"version", waiting->version},
                       {"step", layout::to_string(waiting->step)},
                       {"nodes", ids_json(waiting->nodes)},
                       {"tooManyRevoked", waiting->too_many_revoked}});
}

Json space_json(const env::Space& space) {
  return Json::object({{"available", space.available_bytes}, {"total", space.total_bytes}});
}

bool is_draining(const LayoutState& layout, const NodeId& node) {
  const auto now = layout.current.roles.find(node);
  if (now != layout.current.roles.end() && now->second.capacity_bytes) return false;
  for (auto it = layout.history.versions.lower_bound(layout.history.settled); it != layout.history.versions.end();
       ++it) {
    const auto role = it->second.layout->roles.find(node);
    if (role != it->second.layout->roles.end() && role->second.capacity_bytes) return true;
  }
  return false;
}

}  // namespace garage::admin
