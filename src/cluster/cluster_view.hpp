// The cluster as this node sees it: an immutable snapshot that any thread may read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "cluster/cluster_clock.hpp"
#include "cluster/node_status.hpp"
#include "cluster/peer_table.hpp"

namespace garage::cluster {

struct PeerView {
  NodeId id;
  std::string address = {};                     // of the connection, or the best one known; may be empty
  bool up = false;                              // connected, and not of another cluster
  bool suspected = false;                       // connected, and silent for a while
  std::optional<MonotonicTime> last_seen = {};  // on the mesh's loop; nothing: never since the start
  std::optional<NodeStatus> status = {};        // what it said last
  std::string trouble = {};                     // why it is not connected; may be empty
  bool is_bootstrap_peer = false;
  bool refused = false;        // lately: by it or by this node, so it is there, and wants to come
  int64_t clock_ahead_ms = 0;  // of this node's clock
  Uuid incarnation = {};       // of its database, while it is up
  Uuid boot_id = {};           // of its process, while it is up
  Duration service_time{0};    // how long it takes to answer
};

struct ClusterView {
  std::vector<PeerView> peers;  // by id; without this node
  int64_t clock_offset_ms = 0;  // how far the time of the cluster is ahead of this node's own clock
  bool revoked = false;         // others refuse this node as one that was revoked
  size_t strands = 0;           // connections of the other loops
  Duration told_every{0};       // between two statuses of a node

  const PeerView* find(const NodeId& id) const;
};

ClusterView make_view(const PeerTable& table, ClusterClock& clock, MonotonicTime now, Duration suspect_after);

// What the clocks of the others showed, for ClusterClock::hear(): also those of nodes that have been away for a while,
// so that the time does not change hands with each node that comes or goes.
std::vector<int64_t> clocks_heard(const PeerTable& table, MonotonicTime now);

// The same nodes, those expected to answer soonest first.
std::vector<NodeId> nearest_first(const ClusterView& view, const NodeId& self, std::vector<NodeId> nodes);

}  // namespace garage::cluster
