// What nodes keep telling each other: how they are, whom they are connected to, and the digests of their documents.
// Where digests differ, what differs is pulled.
//
// Threads: the mesh's loop. Ownership: borrows everything; stop() before it is destroyed.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "cluster/bell.hpp"
#include "cluster/cluster_clock.hpp"
#include "cluster/document.hpp"
#include "cluster/messages.hpp"
#include "cluster/options.hpp"
#include "cluster/peer_table.hpp"
#include "net/server.hpp"
#include "runtime/task_group.hpp"

namespace garage::cluster {

// How often a node tells all others: `wanted` up to 50 of them, then less often, so that it tells about ten a second;
// all in 30 s at the latest.
Duration gossip_interval(Duration wanted, size_t peers);

class Gossip : public net::RequestHandler {
 public:
  // `changed` is called when something was learned.
  Gossip(PeerTable& table, ClusterClock& clock, StatusSource& source, std::string public_address,
         const MeshOptions& options, std::function<void()> changed);

  void add_document(Document& document) { documents_[document.name()] = &document; }
  void start() { tasks_.spawn(run()); }
  // A peer has just been connected.
  void greet(Peer& peer);
  // Tells everybody now.
  void announce();
  Task<void> stop();

  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;

 private:
  struct Digests {
    std::string theirs, ours;
    friend bool operator==(const Digests&, const Digests&) = default;
  };
  struct Futile {
    Digests digests;
    MonotonicTime again_at;
    Duration pause;
  };

  Task<void> run();
  NodeStatus status_now() const;
  Task<void> introduce(Peer& peer);
  Task<void> tell(Peer& peer);
  Task<void> exchange(Peer& peer);
  Task<void> pull(Peer& peer, Document& document, std::string theirs);
  std::string own_cluster() const { return options_.cluster ? options_.cluster() : std::string(); }
  Task<Result<void>> pull_pages(Peer& peer, Document& document, bool& changed);
  Task<Result<Document::Page>> ask_page(Peer& peer, PageQuestion question);
  bool is_worth_pulling(const NodeId& node, const Document& document, const std::string& theirs) const;
  void note_what_came(const NodeId& node, const std::string& document, Digests digests, bool changed);
  void note_pull(const NodeId& node, const std::string& document, const Result<void>& pulled);
  void heard(Peer& peer, NodeStatus status);
  void look_whether_stranger(Peer& peer, const NodeStatus& status);
  static void note_peer(Peer& peer);
  void compare_documents(Peer& peer, const NodeStatus& status);
  void heard_peers(const std::vector<KnownPeer>& peers);
  Task<Result<std::string>> ask(Peer& peer, std::string_view operation, std::string payload, Duration within);

  PeerTable& table_;
  ClusterClock& clock_;
  StatusSource& source_;
  const std::string public_address_;
  const MeshOptions& options_;
  std::function<void()> changed_;
  std::map<std::string, Document*> documents_;
  NodeReport report_;
  bool due_ = false;
  bool stopping_ = false;
  std::set<NodeId> telling_;
  std::set<NodeId> exchanging_;
  std::map<std::string, std::set<NodeId>> pulling_;          // documents, and from whom
  std::set<std::pair<NodeId, std::string>> failing_;         // what could not be pulled from whom, the last time
  std::map<std::pair<NodeId, std::string>, Futile> futile_;  // pulls of a document from a node that changed nothing
  Bell bell_;
  runtime::TaskGroup tasks_;
};

}  // namespace garage::cluster
