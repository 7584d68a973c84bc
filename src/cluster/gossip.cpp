#include "cluster/gossip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hex.hpp"
#include "base/log.hpp"
#include "cluster/peer_name.hpp"

namespace garage::cluster {
namespace {

constexpr Duration kAnswerTimeout = 5s;
constexpr Duration kDocumentTimeout = 30s;
constexpr size_t kPeersToldOften = 50;
constexpr Duration kLongestInterval = 30s;
// Of one document: one who does not answer is not the only one that is asked.
constexpr size_t kPulledAtOnceMax = 2;
// Before a pull that changed nothing is repeated, though neither copy has changed. Begins with the interval of gossip,
// and doubles: what was passing is made up for soon, and what no merge mends costs next to nothing.
constexpr Duration kLongestFutilePause = 10min;
// Changes that come in a row are told together.
constexpr Duration kPause = 50ms;

}  // namespace

Duration gossip_interval(Duration wanted, size_t peers) {
  const auto rarer = static_cast<int64_t>(std::max<size_t>(1, peers / kPeersToldOften));
  return std::min(wanted * rarer, std::max(wanted, kLongestInterval));
}

Gossip::Gossip(PeerTable& table, ClusterClock& clock, StatusSource& source, std::string public_address,
               const MeshOptions& options, std::function<void()> changed)
    : table_(table),
      clock_(clock),
      source_(source),
      public_address_(std::move(public_address)),
      options_(options),
      changed_(std::move(changed)) {}

Task<void> Gossip::run() {
  runtime::Loop& loop = *runtime::Loop::current();
  while (!stopping_) {
    due_ = false;
    report_ = co_await source_.report();
    for (const auto& [id, peer] : table_.all()) {
      if (peer->control() != nullptr && !stopping_) tasks_.spawn(tell(*peer));
    }
    const MonotonicTime next =
        loop.now() + gossip_interval(options_.gossip_interval, table_.members(options_.has_role));
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
  // What failed because the connection was lost is tried again with the new one.
  std::erase_if(futile_, [&](const auto& entry) { return entry.first.first == peer.id; });
  if (!stopping_) tasks_.spawn(introduce(peer));
}

// Whom it knows is of no interest where it turns out to be of another cluster.
Task<void> Gossip::introduce(Peer& peer) {
  co_await tell(peer);
  if (!stopping_ && peer.stranger.empty()) co_await exchange(peer);
}

NodeStatus Gossip::status_now() const {
  NodeStatus status{.report = report_,
                    .clock_ms = clock_.own_now().unix_ms,
                    .address = public_address_,
                    .documents = {},
                    .peers_digest = table_.digest(),
                    .cluster = own_cluster()};
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
  look_whether_stranger(peer, status);
  note_peer(peer);
  if (!status.address.empty() && peer.stranger.empty()) (void)table_.hear(peer.id, status.address);
  if (!stopping_ && peer.stranger.empty()) {
    compare_documents(peer, status);
    if (status.peers_digest != table_.digest()) tasks_.spawn(exchange(peer));
  }
  peer.status = std::move(status);
  changed_();
}

// Two clusters that share a secret and meet by mistake must not become one: nothing is taken from the other, and the
// sessions part it.
void Gossip::look_whether_stranger(Peer& peer, const NodeStatus& status) {
  const std::string own = own_cluster();
  if (own.empty() || is_of_cluster(status, own)) {
    peer.strange_meetings = 0;
    return peer.stranger.clear();
  }
  const auto name_of = [](const std::string& cluster) { return to_hex(cluster).substr(0, 16); };
  const std::string before = std::exchange(
      peer.stranger,
      fmt::format("it belongs to another cluster, {}, and this node to {}: nothing is exchanged. If both are wanted, "
                  "give one of them another rpc_secret, and take the addresses of the other out of bootstrap_peers and "
                  "of discovery. If there is to be one, empty the metadata and data directories of the node that joins",
                  name_of(status.cluster), name_of(own)));
  peer.trouble = peer.stranger;
  peer.refused_at = runtime::Loop::current()->now();
  if (before != peer.stranger) LOG_WARN("cluster", "refused node {}: {}", short_id(peer.id), peer.stranger);
}

// Only now: until it speaks as a peer, it may refuse the connection.
void Gossip::note_peer(Peer& peer) {
  if (!peer.stranger.empty() || peer.control() == nullptr) return;
  peer.trouble.clear();
  peer.revokes_us = false;
  if (Session& session = *peer.control(); session.note_heard())
    LOG_INFO("cluster", "connected to node {} at {}", short_id(peer.id), session.address());
}

void Gossip::compare_documents(Peer& peer, const NodeStatus& status) {
  const bool same_cluster = is_of_cluster(status, own_cluster());
  for (const auto& [name, document] : documents_) {
    const auto theirs = status.documents.find(name);
    if (theirs == status.documents.end() || !(same_cluster || document->knows_its_cluster())) continue;
    if (theirs->second == document->digest()) {
      futile_.erase({peer.id, name});
      document->agreed_with(peer.id);
    } else if (is_worth_pulling(peer.id, *document, theirs->second)) {
      tasks_.spawn(pull(peer, *document, theirs->second));
    }
  }
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

bool Gossip::is_worth_pulling(const NodeId& node, const Document& document, const std::string& theirs) const {
  const auto futile = futile_.find({node, document.name()});
  return futile == futile_.end() || futile->second.digests != Digests{theirs, document.digest()} ||
         runtime::Loop::current()->now() >= futile->second.again_at;
}

// A row that is damaged on one side, or a page that cannot be had, leaves two copies unequal for as long as it lasts.
void Gossip::note_what_came(const NodeId& node, const std::string& document, Digests digests, bool changed) {
  if (changed) {
    futile_.erase({node, document});
    return;
  }
  Futile& futile = futile_[{node, document}];
  const bool is_again = futile.digests == digests;
  futile.pause = is_again ? std::min(2 * futile.pause, kLongestFutilePause) : options_.gossip_interval;
  futile.again_at = runtime::Loop::current()->now() + futile.pause;
  futile.digests = std::move(digests);
}

Task<void> Gossip::pull(Peer& peer, Document& document, std::string theirs) {
  const std::string name = document.name();
  auto& from = pulling_[name];
  // The next status tells whether this one is still behind.
  if (from.size() >= kPulledAtOnceMax || !from.insert(peer.id).second) co_return;
  bool changed = false;
  Digests digests{.theirs = std::move(theirs), .ours = document.digest()};
  const auto pulled = co_await pull_pages(peer, document, changed);
  from.erase(peer.id);
  note_what_came(peer.id, name, std::move(digests), changed);
  if (changed) announce();
  note_pull(peer.id, name, pulled);
}

Task<Result<void>> Gossip::pull_pages(Peer& peer, Document& document, bool& changed) {
  std::string from;
  do {
    PageQuestion question{.document = document.name(), .from = from};
    CO_TRY(auto page, co_await ask_page(peer, std::move(question)));
    CO_TRY(const bool merged, co_await document.merge(std::move(page.bytes)));
    changed |= merged;
    if (!page.next_from.empty() && page.next_from <= from) co_return fail(ErrorKind::kCorrupt, "its pages have no end");
    from = std::move(page.next_from);
  } while (!from.empty() && !stopping_);
  co_return Result<void>();
}

Task<Result<Document::Page>> Gossip::ask_page(Peer& peer, PageQuestion question) {
  const auto page = co_await ask(peer, kPageOperation, encode_page_question(question), kDocumentTimeout);
  if (page) co_return decode_page(*page);
  if (page.error().kind != ErrorKind::kUnsupported) co_return std::unexpected(page.error());
  // An older program.
  CO_TRY(auto whole, co_await ask(peer, kDocumentOperation, question.document, kDocumentTimeout));
  co_return Document::Page{.bytes = std::move(whole), .next_from = {}};
}

// Says once that it goes wrong, and once that it goes well again. That a node has gone is told elsewhere.
void Gossip::note_pull(const NodeId& node, const std::string& document, const Result<void>& pulled) {
  if (pulled) {
    const bool was_failing = failing_.erase({node, document}) > 0;
    if (was_failing) LOG_INFO("cluster", "{} of node {} is taken over again", document, short_id(node));
    return;
  }
  const bool has_gone = pulled.error().kind == ErrorKind::kUnavailable || pulled.error().kind == ErrorKind::kClosed;
  if (has_gone || !failing_.insert({node, document}).second) return;
  LOG_WARN("cluster", "{} of node {} cannot be taken over: {}", document, short_id(node), pulled.error().message);
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
  if (!peer->stranger.empty()) co_return fail(ErrorKind::kDenied, peer->stranger);
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
  if (operation == kPageOperation) {
    CO_TRY(const auto question, decode_page_question(payload));
    const auto document = documents_.find(question.document);
    if (document == documents_.end()) co_return fail(ErrorKind::kNotFound, "this node has no such document");
    CO_TRY(const auto page, co_await document->second->export_page(question.from));
    co_return encode_page(page);
  }
  co_return fail(ErrorKind::kUnsupported, "this node does not know the operation " + operation);
}

}  // namespace garage::cluster
