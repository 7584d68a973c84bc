#include "cluster/gossip.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "cluster/peer_name.hpp"

namespace garage::cluster {
namespace {

constexpr Duration kAnswerTimeout = 5s;
constexpr Duration kDocumentTimeout = 30s;
constexpr size_t kPeersToldOften = 50;
constexpr Duration kLongestInterval = 30s;
// Changes that come in a row are told together.
constexpr Duration kPause = 50ms;

}  // namespace

Duration gossip_interval(Duration wanted, size_t peers) {
  const auto rarer = static_cast<int64_t>(std::max<size_t>(1, peers / kPeersToldOften));
  return std::min(wanted * rarer, std::max(wanted, kLongestInterval));
}

Gossip::Gossip(PeerTable& table, ClusterClock& clock, StatusSource& source, std::string public_address,
               Duration interval, std::function<void()> changed)
    : table_(table),
      clock_(clock),
      source_(source),
      public_address_(std::move(public_address)),
      interval_(interval),
      changed_(std::move(changed)) {}

Task<void> Gossip::run() {
  runtime::Loop& loop = *runtime::Loop::current();
  while (!stopping_) {
    due_ = false;
    report_ = co_await source_.report();
    for (const auto& [id, peer] : table_.all()) {
      if (peer->control() != nullptr && !stopping_) tasks_.spawn(tell(*peer));
    }
    const MonotonicTime next = loop.now() + gossip_interval(interval_, table_.all().size());
    while (!due_ && !stopping_ && loop.now() < next) co_await bell_.wait(next - loop.now());
    if (!stopping_) co_await bell_.wait(kPause);
  }
}

void Gossip::announce() {
  due_ = true;
  bell_.ring();
}

Task<void> Gossip::stop() {
  stopping_ = true;
  bell_.ring();
  co_await tasks_.join();
}

void Gossip::greet(Peer& peer) {
  if (stopping_) return;
  tasks_.spawn(tell(peer));
  tasks_.spawn(exchange(peer));
}

NodeStatus Gossip::status_now() const {
  NodeStatus status{.report = report_,
                    .clock_ms = clock_.own_now().unix_ms,
                    .address = public_address_,
                    .documents = {},
                    .peers_digest = table_.digest()};
  for (const auto& [name, document] : documents_) status.documents[name] = document->digest();
  return status;
}

Task<Result<std::string>> Gossip::ask(Peer& peer, std::string_view operation, std::string payload, Duration within) {
  const auto session = peer.lanes[static_cast<size_t>(net::Lane::kControl)];
  if (!session) co_return fail(ErrorKind::kUnavailable, "no connection");
  co_return co_await session->dialogue().call(std::string(operation), std::move(payload),
                                              runtime::Loop::current()->now() + within, net::Priority::kHigh);
}

Task<void> Gossip::tell(Peer& peer) {
  if (!telling_.insert(peer.id).second) co_return;
  const auto answer = co_await ask(peer, kStatusOperation, encode_status(status_now()), kAnswerTimeout);
  telling_.erase(peer.id);
  if (!answer) co_return;  // the next round comes soon
  auto status = decode_status(*answer);
  if (status) heard(peer, std::move(*status));
}

void Gossip::heard(Peer& peer, NodeStatus status) {
  peer.clock_distance = clock_.distance(status.clock_ms);
  peer.clock_heard = runtime::Loop::current()->now();
  if (!status.address.empty()) (void)table_.hear(peer.id, status.address);
  if (!stopping_) {
    for (const auto& [name, document] : documents_) {
      const auto theirs = status.documents.find(name);
      if (theirs == status.documents.end()) continue;
      if (theirs->second == document->digest()) {
        document->agreed_with(peer.id);
      } else {
        tasks_.spawn(pull(peer, *document));
      }
    }
    if (status.peers_digest != table_.digest()) tasks_.spawn(exchange(peer));
  }
  peer.status = std::move(status);
  changed_();
}

Task<void> Gossip::exchange(Peer& peer) {
  if (!exchanging_.insert(peer.id).second) co_return;
  const auto answer = co_await ask(peer, kPeersOperation, encode_peers(table_.connected()), kAnswerTimeout);
  exchanging_.erase(peer.id);
  if (!answer) co_return;
  if (const auto peers = decode_peers(*answer)) heard_peers(*peers);
}

void Gossip::heard_peers(const std::vector<KnownPeer>& peers) {
  for (const KnownPeer& told : peers) {
    if (told.id == table_.self()) continue;
    const Peer* peer = table_.find(told.id);
    const bool connected = peer != nullptr && peer->control() != nullptr;
    for (size_t i = 0; i < told.addresses.size(); ++i) {
      // The first is where the teller is connected to it: better than what an unreachable peer once had.
      (void)(i == 0 && !connected ? table_.learn(told.id, told.addresses[i]) : table_.hear(told.id, told.addresses[i]));
    }
  }
  changed_();
}

Task<void> Gossip::pull(Peer& peer, Document& document) {
  const std::string name = document.name();
  if (!pulling_.insert(name).second) co_return;  // the next status tells whether this one is still behind
  auto bytes = co_await ask(peer, kDocumentOperation, name, kDocumentTimeout);
  if (bytes) {
    const auto merged = co_await document.merge(std::move(*bytes));
    if (!merged) {
      LOG_WARN("cluster", "{} of node {} cannot be merged: {}", name, short_id(peer.id), merged.error().message);
    } else if (*merged) {
      announce();
    }
  }
  pulling_.erase(name);
}

Task<Result<std::string>> Gossip::handle(std::string operation, std::string payload, const net::PeerInfo& who) {
  if (stopping_) co_return fail(ErrorKind::kUnavailable, "the node is stopping");
  Peer* peer = table_.find(who.id);
  if (peer == nullptr) co_return fail(ErrorKind::kDenied, "an unknown node");
  if (operation == kStatusOperation) {
    CO_TRY(NodeStatus status, decode_status(payload));
    heard(*peer, std::move(status));
    co_return encode_status(status_now());
  }
  if (operation == kPeersOperation) {
    CO_TRY(const auto peers, decode_peers(payload));
    heard_peers(peers);
    co_return encode_peers(table_.connected());
  }
  if (operation == kDocumentOperation) {
    const auto document = documents_.find(payload);
    if (document == documents_.end()) co_return fail(ErrorKind::kNotFound, "this node has no such document");
    co_return co_await document->second->export_bytes();
  }
  co_return fail(ErrorKind::kUnsupported, "this node does not know the operation " + operation);
}

}  // namespace garage::cluster
