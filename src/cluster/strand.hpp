// The connections that one loop has to other nodes for itself: what this loop asks goes out on them, and what comes in
// on them is answered on this loop, so that no request and no answer changes threads.
//
// The first loop, where the mesh lives, has none: it has the sessions that decide who is connected at all. The strands
// of two nodes hang on their control connection there. Whoever dialled it dials the strands as well, one for each loop
// that both have, and both drop them when it ends. So there is no question who stays of two, nor who a peer is.
//
// Threads: find() on its loop; tend(), take() and drop() from one other, in order; they post. Ownership: shared with
// what it posted; borrows network, handler and options until stop() has returned.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "cluster/bell.hpp"
#include "cluster/options.hpp"
#include "cluster/service_time.hpp"
#include "cluster/session.hpp"
#include "env/network.hpp"
#include "net/handshake.hpp"
#include "runtime/task_group.hpp"

namespace garage::cluster {

class Strand : public std::enable_shared_from_this<Strand> {
 public:
  // `credentials` of the mesh; `index` names the strand to the other side.
  Strand(runtime::Loop& loop, uint32_t index, env::Network& network, net::RequestHandler& handler,
         const net::Credentials& credentials, const MeshOptions& options);

  // The other end of a control connection: who, which process, where.
  struct Target {
    NodeId node;
    Uuid boot_id;
    env::Address address;
    std::string host;  // as it was dialled
    std::shared_ptr<ServiceTime> service_time;
  };
  // Dials both lanes until drop().
  void tend(Target target);
  // A link that has left its loop.
  void take(std::shared_ptr<net::Link> link, std::shared_ptr<ServiceTime> service_time);
  // Closes what there is to this node, and dials it no more.
  void drop(NodeId node);

  struct Line {
    std::shared_ptr<Session> session;
    std::shared_ptr<ServiceTime> service_time;
  };
  // Null without an open connection.
  Line find(const NodeId& node, net::Lane lane) const;

  // Any thread.
  size_t connections() const { return connections_.load(std::memory_order_relaxed); }

  // From any loop; as Mesh::stop(). When it returns nothing of it runs any more.
  static Task<void> stop(std::shared_ptr<Strand> self, Duration grace);

 private:
  struct Peer {
    uint64_t round = 0;  // of dialling; a new one ends the earlier
    std::array<std::shared_ptr<Session>, 2> lanes;
    std::shared_ptr<ServiceTime> service_time;
    Bell bell;
  };

  // What others may ask here: nothing that belongs to the mesh's own loop.
  class Door final : public net::RequestHandler {
   public:
    explicit Door(net::RequestHandler& behind) : behind_(behind) {}
    Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;

   private:
    net::RequestHandler& behind_;
  };

  Peer& peer(const NodeId& node);
  void drop_here(Peer& peer);
  Task<void> dial_for_ever(Target target, net::Lane lane, uint64_t round);
  Task<Result<std::shared_ptr<net::Link>>> dial(Target target, net::Lane lane);
  Task<void> keep(std::shared_ptr<net::Link> link, net::Lane lane);
  Task<void> stop_here(Duration grace);
  bool working() const;

  runtime::Loop& loop_;
  env::Network& network_;
  Door door_;
  std::array<std::shared_ptr<const net::Credentials>, 2> credentials_;  // by lane
  const MeshOptions& options_;
  std::map<NodeId, std::unique_ptr<Peer>> peers_;  // never removed
  std::atomic<size_t> connections_{0};
  bool stopping_ = false;
  Bell bell_;
  runtime::TaskGroup tasks_;
  runtime::TaskGroup stopper_;
};

// May this be asked over a strand? The rest goes over the mesh's own loop.
bool is_for_strands(std::string_view operation);

}  // namespace garage::cluster
