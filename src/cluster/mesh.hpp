// The mesh: this node and all the others of its cluster, each connected to each.
//
//   TRY(auto mesh, Mesh::create({.env = env, .clock = clock, .key = key, ...}, options));
//   mesh->answer("table", table_service);      everything that answers or is kept, before start()
//   mesh->add_document(layout);
//   server.set_peer_host(*mesh);               the peer port hands over the nodes that dial us
//   mesh->start();
//   auto answer = co_await mesh->call(node, "table/read", bytes, {.deadline = deadline});
//   co_await mesh->stop(grace);                before the server's stop(), or beside it
//
// It finds nodes by bootstrap_peers, by `node connect`, by what other nodes tell, and by the file of those met before;
// dials them for ever, and keeps two connections to each, and two more for each further loop that both have.
//
// Ownership: borrows the env, the handlers, the documents and the source until stop() has returned. Threads: start(),
// stop() and host() on one loop, where the mesh lives, the first of the env. Handlers are run on any loop: that of the
// connection, or, where this node asks itself, that of who asks; those of the admin API and the documents on the
// mesh's own. The rest may be called on any loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/cluster_clock.hpp"
#include "cluster/cluster_view.hpp"
#include "cluster/document.hpp"
#include "cluster/node_status.hpp"
#include "cluster/options.hpp"
#include "env/env.hpp"
#include "net/caller.hpp"
#include "net/identity.hpp"
#include "net/server.hpp"

namespace garage::cluster {

struct MeshParts {
  env::Env& env;
  ClusterClock& clock;
  net::NodeKey key;
  Secret rpc_secret;
  net::HelloFacts facts;  // those of the peer port: public_address is "host:port", or ":port" where only that is known
  StatusSource& source;
};

class MeshCore;

class Mesh final : public net::Caller, public net::PeerHost {
 public:
  static Result<std::unique_ptr<Mesh>> create(MeshParts parts, MeshOptions options);
  ~Mesh() override;

  // Who answers operations "<module>/...".
  void answer(std::string module, net::RequestHandler& handler);
  // Who answers those without a '/': of the admin API, asked for a command line at another node.
  void answer_admin(net::RequestHandler& handler);
  void add_document(Document& document);

  // Reads the list of peers (blocking), and begins to dial.
  void start();
  // New requests are answered kUnavailable; those in progress have `grace` to finish. Then every connection is
  // closed. Lasts up to MeshOptions::dial_timeout longer where a peer is being dialled.
  Task<void> stop(Duration grace);
  Task<void> host(std::shared_ptr<net::Link> link) override;

  Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload,
                                 net::CallOptions options) override;
  std::vector<NodeId> nearest_first(std::vector<NodeId> nodes) const override;
  bool is_up(const NodeId& node) const override;

  // The snapshot of the last change, at most a fifth of a second old.
  std::shared_ptr<const ClusterView> view() const;
  // "id@host:port": remembers it and tries it now. ok where it is connected, or this node itself.
  Task<Result<void>> connect(std::string peer_name);
  // A document has changed: tells everybody now.
  void announce();

 private:
  explicit Mesh(std::unique_ptr<MeshCore> core);
  std::unique_ptr<MeshCore> core_;
};

}  // namespace garage::cluster
