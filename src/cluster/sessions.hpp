// Decides which connections to a peer stay, and keeps them until they end.
//
// One connection a lane. Of two that were dialled at the same time the one from the lower id stays. A second process
// with the same key is refused while the first one answers. Whatever stands in the way of a newcomer has to answer a
// ping first: a connection that is dead without knowing it does not keep its peer out.
//
// Threads: the mesh's loop. Ownership: borrows the table and the handler.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cluster/options.hpp"
#include "cluster/peer_table.hpp"
#include "net/link.hpp"
#include "runtime/random.hpp"

namespace garage::cluster {

class Sessions {
 public:
  struct Told {
    std::function<void(Peer&)> connected;  // by a new control connection
    std::function<void(Peer&)> lost;       // the last one has ended
    std::function<void()> changed;         // after these, and when any connection came or went
  };
  Sessions(PeerTable& table, runtime::Random& random, net::RequestHandler& handler, const net::HelloFacts& self,
           const MeshOptions& options, Told told);

  // A connection that has shaken hands; `address` is what was dialled, empty for one that came in. An error is why it
  // was refused, which the peer has been told.
  Task<Result<std::shared_ptr<Session>>> admit(std::shared_ptr<net::Link> link, net::Lane lane, std::string address);
  // May the strand that this link is for be opened? It needs a control connection of the same process.
  Result<void> check_strand(const net::Link& link) const;
  // Until it has ended and every handler has returned.
  Task<void> keep(std::shared_ptr<Session> session);

  // From now on newcomers are refused, and what peers ask is answered kUnavailable.
  void refuse_new();
  // Ends the connections to nodes that were revoked, and to those of other clusters, once these had time to hear of it;
  // forgets second processes that have not come back.
  // Now and then.
  void part();
  bool working() const;
  void close_all();

  // When to dial again after so many failures: random, doubling, bounded.
  Duration pause_after(unsigned failures);

 private:
  Result<void> check(const net::PeerInfo& info) const;
  Task<Result<void>> make_way(Peer& peer, const net::Link& link, net::Lane lane);
  void note_end(Peer& peer, const Session& session, Duration lived, const Error& end);
  void log_end(Peer& peer, const Session& session, const std::string& trouble_before, const Error& end);

  PeerTable& table_;
  runtime::Random& random_;
  net::RequestHandler& handler_;
  const net::HelloFacts self_;
  const MeshOptions& options_;
  const Told told_;
  bool stopping_ = false;
};

}  // namespace garage::cluster
