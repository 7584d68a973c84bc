#include "cluster/peer_table.hpp"

#include <algorithm>

#include "cluster/peer_name.hpp"
#include "crypto/digest.hpp"
#include "net/tls_records.hpp"

namespace garage::cluster {
namespace {

// Whoever typed it may start the node only now.
constexpr Duration kSuppositionRemembered = 10min;

}  // namespace

Peer* PeerTable::find(const NodeId& id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : found->second.get();
}

Peer* PeerTable::get_or_add(const NodeId& id) {
  if (id == self_) return nullptr;
  if (Peer* peer = find(id)) return peer;
  if (peers_.size() >= kPeersMax) return nullptr;
  auto peer = std::make_unique<Peer>();
  peer->id = id;
  return peers_.emplace(id, std::move(peer)).first->second.get();
}

bool PeerTable::add_address(const NodeId& id, const std::string& address, bool front) {
  Peer* peer = is_address(address) ? get_or_add(id) : nullptr;
  if (peer == nullptr) return false;
  auto& addresses = peer->addresses;
  const auto found = std::ranges::find(addresses, address);
  const bool is_new = found == addresses.end();
  if (!is_new && front) std::rotate(addresses.begin(), found, found + 1);
  if (is_new) {
    if (addresses.size() >= kAddressesPerPeerMax) {
      if (!front) return false;
      addresses.pop_back();
    }
    addresses.insert(front ? addresses.begin() : addresses.end(), address);
    peer->failures = 0;
    peer->dial_at = {};
  }
  return is_new;
}

bool PeerTable::add_proven(const NodeId& id, const std::string& address, bool front) {
  const bool is_new = add_address(id, address, front);
  if (Peer* peer = find(id)) peer->proven = true;
  return is_new;
}

bool PeerTable::learn(const NodeId& id, const std::string& address) {
  return add_proven(id, address, true);
}

bool PeerTable::hear(const NodeId& id, const std::string& address) {
  return add_proven(id, address, false);
}

bool PeerTable::suppose(const NodeId& id, const std::string& address, bool front) {
  return add_address(id, address, front);
}

void PeerTable::configure(const NodeId& id, const std::string& address) {
  Peer* peer = get_or_add(id);
  if (peer == nullptr) return;
  if (std::ranges::find(peer->configured, address) == peer->configured.end()) peer->configured.push_back(address);
}

std::vector<KnownPeer> PeerTable::connected() const {
  std::vector<KnownPeer> out;
  for (const auto& [id, peer] : peers_) {
    const Session* session = peer->control();
    if (session == nullptr || !peer->stranger.empty()) continue;
    KnownPeer known{.id = id, .addresses = {session->address()}};
    for (const std::string& address : peer->addresses) {
      if (address != session->address() && known.addresses.size() < kAddressesPerPeerMax)
        known.addresses.push_back(address);
    }
    out.push_back(std::move(known));
  }
  return out;
}

std::vector<KnownPeer> PeerTable::known() const {
  std::vector<KnownPeer> out;
  for (const auto& [id, peer] : peers_) {
    if (peer->proven && !peer->addresses.empty()) out.push_back({.id = id, .addresses = peer->addresses});
  }
  return out;
}

bool PeerTable::revoked_by_others() const {
  return std::ranges::any_of(peers_, [](const auto& entry) { return entry.second->revokes_us; });
}

const Peer* PeerTable::at(const std::string& address, const std::string& text) const {
  for (const auto& [id, peer] : peers_) {
    const Session* session = peer->control();
    if (session == nullptr) continue;
    const std::string& theirs = session->address();
    if (theirs == text) return peer.get();
    const bool both_named = !net::is_ip_literal(host_of(theirs)) && !net::is_ip_literal(host_of(text));
    if (!both_named && address == (session->dialled() ? session->info().address.text : theirs)) return peer.get();
  }
  return nullptr;
}

size_t PeerTable::members(const std::function<bool(const NodeId&)>& has_role) const {
  return static_cast<size_t>(std::ranges::count_if(peers_, [&](const auto& entry) {
    return entry.second->control() != nullptr || (has_role && has_role(entry.first));
  }));
}

void PeerTable::forget(const std::function<bool(const NodeId&)>& has_role, MonotonicTime now, Duration remembered) {
  for (const auto& [id, peer] : peers_) {
    const bool is_here = peer->control() != nullptr && peer->stranger.empty();
    if (is_here || peer->addresses.empty()) {
      peer->missed_since.reset();
      continue;
    }
    if (!peer->missed_since) peer->missed_since = now;
    const Duration patience = peer->proven ? remembered : std::min(remembered, kSuppositionRemembered);
    if (now - *peer->missed_since < patience || (has_role && has_role(id))) continue;
    peer->addresses.clear();
    peer->missed_since.reset();
  }
}

std::string PeerTable::digest() const {
  std::string ids;
  bool self_told = false;
  for (const auto& [id, peer] : peers_) {
    if (peer->control() == nullptr || !peer->stranger.empty()) continue;
    if (!self_told && self_ < id) {
      ids.append(self_.view());
      self_told = true;
    }
    ids.append(id.view());
  }
  if (!self_told) ids.append(self_.view());
  return std::string(crypto::view(crypto::sha256(ids)).substr(0, 16));
}

}  // namespace garage::cluster
