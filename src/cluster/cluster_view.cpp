#include "cluster/cluster_view.hpp"

#include <algorithm>
#include <utility>

namespace garage::cluster {
namespace {

constexpr Duration kClockRemembered = 1h;
// Longer than anybody who wants to come waits before it comes again; strangers wait longest.
constexpr Duration kRefusalShown = 2min, kStrangerShown = 20min;

PeerView view_of(const Peer& peer, int64_t own_distance, MonotonicTime now, Duration suspect_after) {
  PeerView view{.id = peer.id,
                .address = peer.addresses.empty() ? "" : peer.addresses[0],
                .last_seen = peer.last_seen,
                .status = peer.status,
                .trouble = peer.twin.empty() ? peer.trouble : peer.twin,
                .clock_ahead_ms = peer.clock_distance.value_or(own_distance) - own_distance,
                .service_time = peer.service_time->smoothed()};
  view.is_bootstrap_peer = !peer.configured.empty();
  view.refused = peer.refused_at && now - *peer.refused_at < (peer.stranger.empty() ? kRefusalShown : kStrangerShown);
  if (view.address.empty() && !peer.configured.empty()) view.address = peer.configured[0];
  if (const Session* session = peer.control()) {
    view.up = peer.stranger.empty();  // one of another cluster is connected for its farewell only
    view.address = session->address();
    view.last_seen = session->answered_at();
    view.suspected = now - session->answered_at() > suspect_after;
    view.incarnation = session->info().facts.incarnation;
    view.boot_id = session->info().facts.boot_id;
    if (view.service_time == 0s) view.service_time = session->round_trip();
  }
  return view;
}

}  // namespace

const PeerView* ClusterView::find(const NodeId& id) const {
  const auto found = std::ranges::lower_bound(peers, id, {}, &PeerView::id);
  return found == peers.end() || found->id != id ? nullptr : &*found;
}

ClusterView make_view(const PeerTable& table, ClusterClock& clock, MonotonicTime now, Duration suspect_after) {
  ClusterView view;
  const int64_t own_distance = clock.own_distance();
  for (const auto& [id, peer] : table.all()) {
    const bool forgotten = peer->addresses.empty() && peer->configured.empty() && peer->control() == nullptr;
    const bool is_node = peer->proven || !peer->configured.empty();
    if (is_node && !forgotten) view.peers.push_back(view_of(*peer, own_distance, now, suspect_after));
  }
  view.clock_offset_ms = clock.offset_ms();
  view.revoked = table.revoked_by_others();
  return view;
}

std::vector<int64_t> clocks_heard(const PeerTable& table, MonotonicTime now) {
  std::vector<int64_t> out;
  for (const auto& [id, peer] : table.all()) {
    const bool counts = peer->control() != nullptr || now - peer->clock_heard < kClockRemembered;
    if (peer->clock_distance && counts && peer->stranger.empty()) out.push_back(*peer->clock_distance);
  }
  return out;
}

std::vector<NodeId> nearest_first(const ClusterView& view, const NodeId& self, std::vector<NodeId> nodes) {
  struct Ranked {
    int rank;
    Duration service_time;
    size_t place;  // equals stay in the order given
    auto operator<=>(const Ranked&) const = default;
  };
  std::vector<Ranked> order;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const PeerView* peer = view.find(nodes[i]);
    if (nodes[i] == self) {
      order.push_back({0, 0s, i});
    } else if (peer == nullptr || !peer->up) {
      order.push_back({3, 0s, i});
    } else {
      order.push_back({peer->suspected ? 2 : 1, peer->service_time, i});
    }
  }
  std::ranges::sort(order);
  std::vector<NodeId> out;
  for (const Ranked& ranked : order) out.push_back(nodes[ranked.place]);
  return out;
}

}  // namespace garage::cluster
