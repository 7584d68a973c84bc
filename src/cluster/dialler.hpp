// Dials the peers that are missing, with patience: one attempt a peer at a time, all its addresses in turn, a random
// and growing pause between attempts. A new address ends the pause.
//
// Threads: the mesh's loop. Ownership: borrows everything; join() before it is destroyed.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "cluster/bell.hpp"
#include "cluster/sessions.hpp"
#include "env/network.hpp"
#include "net/handshake.hpp"
#include "runtime/task_group.hpp"

namespace garage::cluster {

class Dialler {
 public:
  Dialler(PeerTable& table, Sessions& sessions, env::Network& network, runtime::Random& random,
          net::Credentials credentials, const MeshOptions& options);

  // Begins what is due.
  void check();
  // Tries now, first there and then wherever else it may be; ok where it is connected (already). The error is why not
  // there.
  Task<Result<void>> connect(Peer& peer, std::string address);
  void stop() { stopping_ = true; }
  Task<void> join() { return tasks_.join(); }

 private:
  bool is_missing(const Peer& peer) const;
  Task<void> dial(Peer& peer);
  // Of dial(): by how its control lane fared.
  Task<void> finish(Peer& peer, Result<void> outcome);
  Task<Result<void>> dial_lane(Peer& peer, net::Lane lane, std::vector<std::string> addresses);
  Task<Result<void>> dial_host(Peer& peer, net::Lane lane, std::string address);
  Task<Result<void>> dial_address(Peer& peer, net::Lane lane, env::Address address, std::string text);

  PeerTable& table_;
  Sessions& sessions_;
  env::Network& network_;
  runtime::Random& random_;
  std::array<std::shared_ptr<const net::Credentials>, 2> credentials_;  // by lane
  const MeshOptions& options_;
  bool stopping_ = false;
  Bell dialled_;
  runtime::TaskGroup tasks_;
};

}  // namespace garage::cluster
