// GetClusterHealth
#include <algorithm>
#include <set>

#include "admin/operations.hpp"

namespace garage::admin {
namespace {

struct Health {
  uint64_t known = 0, connected = 0;
  uint64_t storage = 0, storage_up = 0;
  uint64_t partitions = 0, with_quorum = 0, all_ok = 0;
  bool damaged = false;  // this node itself

  const char* status() const {
    if (partitions == 0 || with_quorum < partitions) return "unavailable";
    return all_ok == partitions && storage == storage_up && !damaged ? "healthy" : "degraded";
  }
};

using LiveVersions = std::vector<const layout::LayoutVersion*>;

// The settled version and those on their way: every quorum is needed in each of them.
LiveVersions live_versions(const layout::History& history) {
  LiveVersions out;
  for (auto it = history.versions.lower_bound(history.settled); it != history.versions.end(); ++it) {
    if (it->first > 0) out.push_back(it->second.layout.get());
  }
  return out;
}

void count_partitions(Health& health, const LiveVersions& live, const std::set<NodeId>& up) {
  if (live.empty()) return;
  health.partitions = live.back()->partition_count;
  for (uint32_t partition = 0; partition < health.partitions; ++partition) {
    bool quorum = true, all = true;
    for (const auto* version : live) {
      const auto replicas = version->assignment.replicas_of(partition);
      const auto here =
          static_cast<size_t>(std::ranges::count_if(replicas, [&up](const NodeId& node) { return up.contains(node); }));
      quorum = quorum && here >= replicas.size() / 2 + 1;
      all = all && here > 0 && here == replicas.size();
    }
    if (quorum) ++health.with_quorum;
    if (all) ++health.all_ok;
  }
}

}  // namespace

Task<Reply> get_cluster_health(Context& context, Json) {
  const LayoutSnapshot layout = context.layout.snapshot();
  const LiveVersions live = live_versions(layout->history);
  std::set<NodeId> known{context.facts.id}, up{context.facts.id}, storage;
  if (context.cluster != nullptr) {
    for (const PeerFacts& peer : context.cluster->peers()) {
      known.insert(peer.id);
      if (peer.up) up.insert(peer.id);
    }
  }
  for (const auto& [id, settled] : layout->history.revoked) up.erase(id);
  Health health{.connected = up.size(), .damaged = context.store.damage().has_value()};
  for (const auto* version : live) {
    for (const auto& [id, role] : version->roles) {
      known.insert(id);
      if (role.capacity_bytes) storage.insert(id);
    }
  }
  health.known = known.size();
  health.storage = storage.size();
  health.storage_up =
      static_cast<uint64_t>(std::ranges::count_if(storage, [&up](const NodeId& node) { return up.contains(node); }));
  count_partitions(health, live, up);
  co_return Json::object({{"status", health.status()},
                          {"knownNodes", health.known},
                          {"connectedNodes", health.connected},
                          {"storageNodes", health.storage},
                          {"storageNodesUp", health.storage_up},
                          {"partitions", health.partitions},
                          {"partitionsQuorum", health.with_quorum},
                          {"partitionsAllOk", health.all_ok}});
}

}  // namespace garage::admin
