// All the nodes that this one knows, by id. Peers are never removed, so that references stay good across waits; of one
// that is forgotten nothing is left but its id.
//
// Threads: the mesh's loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/messages.hpp"
#include "cluster/peer.hpp"

namespace garage::cluster {

class PeerTable {
 public:
  explicit PeerTable(const NodeId& self) : self_(self) {}

  const NodeId& self() const { return self_; }
  using Peers = std::map<NodeId, std::unique_ptr<Peer>>;
  const Peers& all() const { return peers_; }
  Peer* find(const NodeId& id) const;

  // Null for this node itself, and where the table is full.
  Peer* get_or_add(const NodeId& id);
  // An address that was seen to work, or that the node itself announced: it is tried first. True if it was not known;
  // then the peer is dialled at once.
  bool learn(const NodeId& id, const std::string& address);
  // One from hearsay: tried last.
  bool hear(const NodeId& id, const std::string& address);
  // One of a node that may not be: somebody typed it. It is dialled, but is no node until it has shown who it is, and
  // is soon forgotten. Of one that is known, an address as any other.
  bool suppose(const NodeId& id, const std::string& address, bool front);
  void configure(const NodeId& id, const std::string& address);

  // Those connected now, with the address of their connection first; for telling others.
  std::vector<KnownPeer> connected() const;
  // Everybody with an address who is no mere supposition, for the file.
  std::vector<KnownPeer> known() const;
  // How many others there are to reckon with: those connected, and those with a role. Of the others known, most may be
  // gone for good: each machine that got a new key has left its old id behind.
  size_t members(const std::function<bool(const NodeId&)>& has_role) const;
  // Takes the addresses of those whom nobody needs and who were not met for so long, or only as of another cluster.
  // Who is met or heard of again has them again. Now and then.
  void forget(const std::function<bool(const NodeId&)>& has_role, MonotonicTime now, Duration remembered);
  // Is there one that refuses this node as revoked?
  bool revoked_by_others() const;
  // Who is connected at the place that would be dialled as `text` ("host:port") and resolves to `address`; null:
  // nobody. Two names are two places: a proxy at one address may route by the name that a dialler sends.
  const Peer* at(const std::string& address, const std::string& text) const;
  // Of the ids of this node and those connected to it: equal for nodes that see the same cluster.
  std::string digest() const;

 private:
  bool add_address(const NodeId& id, const std::string& address, bool front);
  bool add_proven(const NodeId& id, const std::string& address, bool front);

  NodeId self_;
  Peers peers_;
};

}  // namespace garage::cluster
