// Whom this node is connected to, and itself: what it says of the others' lives.
#pragma once

#include <set>

#include "admin/cluster_view.hpp"
#include "admin/context.hpp"

namespace garage::admin {

inline std::set<NodeId> connected_nodes(const Context& context) {
  std::set<NodeId> out = {context.facts.id};
  if (context.cluster == nullptr) return out;
  for (const PeerFacts& peer : context.cluster->peers()) {
    if (peer.up) out.insert(peer.id);
  }
  return out;
}

}  // namespace garage::admin
