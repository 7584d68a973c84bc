#include "cluster/strand.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "cluster/messages.hpp"
#include "cluster/peer_name.hpp"
#include "runtime/future.hpp"

namespace garage::cluster {
namespace {

// One that ended sooner counts as a failure.
constexpr Duration kLasting = 5s;
constexpr std::string_view kMeshOperations = "cluster/";

}  // namespace

bool is_for_strands(std::string_view operation) {
  return operation.contains('/') && !operation.starts_with(kMeshOperations);
}

Task<Result<std::string>> Strand::Door::handle(std::string operation, std::string payload, const net::PeerInfo& who) {
  if (!is_for_strands(operation)) co_return fail(ErrorKind::kUnsupported, "not on this connection: " + operation);
  co_return co_await behind_.handle(std::move(operation), std::move(payload), who);
}

Strand::Strand(runtime::Loop& loop, uint32_t index, env::Network& network, net::RequestHandler& handler,
               const net::Credentials& credentials, const MeshOptions& options)
    : loop_(loop), network_(network), door_(handler), options_(options) {
  for (const net::Lane lane : {net::Lane::kControl, net::Lane::kBlocks}) {
    net::Credentials ours = credentials;
    ours.facts.lane = lane;
    ours.facts.strand = index;
    credentials_[static_cast<size_t>(lane)] = std::make_shared<const net::Credentials>(std::move(ours));
  }
}

Strand::Peer& Strand::peer(const NodeId& node) {
  auto& place = peers_[node];
  if (!place) place = std::make_unique<Peer>();
  return *place;
}

void Strand::tend(Target target) {
  loop_.post([self = shared_from_this(), wanted = std::move(target)] {
    if (self->stopping_) return;
    Peer& peer = self->peer(wanted.node);
    self->drop_here(peer);
    peer.service_time = wanted.service_time;
    for (const net::Lane lane : {net::Lane::kControl, net::Lane::kBlocks})
      self->tasks_.spawn(self->dial_for_ever(wanted, lane, peer.round));
  });
}

void Strand::take(std::shared_ptr<net::Link> link, std::shared_ptr<ServiceTime> service_time) {
  loop_.post([self = shared_from_this(), taken = std::move(link), meter = std::move(service_time)]() mutable {
    if (self->stopping_ || !taken->enter_loop()) {
      taken->close();
      return;
    }
    self->peer(taken->peer().id).service_time = std::move(meter);
    const net::Lane lane = taken->peer().facts.lane;
    self->tasks_.spawn(self->keep(std::move(taken), lane));
  });
}

void Strand::drop(NodeId node) {
  loop_.post([self = shared_from_this(), node] {
    if (const auto found = self->peers_.find(node); found != self->peers_.end()) self->drop_here(*found->second);
  });
}

void Strand::drop_here(Peer& peer) {
  ++peer.round;
  for (const auto& session : peer.lanes) {
    if (session) session->close();
  }
  peer.bell.ring();
}

Strand::Line Strand::find(const NodeId& node, net::Lane lane) const {
  const auto found = peers_.find(node);
  if (found == peers_.end()) return {};
  const auto& session = found->second->lanes[static_cast<size_t>(lane)];
  if (!session || !session->open()) return {};
  return {session, found->second->service_time};
}

Task<Result<std::shared_ptr<net::Link>>> Strand::dial(Target target, net::Lane lane) {
  const MonotonicTime deadline = loop_.now() + options_.dial_timeout;
  env::Address from{options_.dial_from};
  CO_TRY(auto stream, co_await network_.connect_from(std::move(from), target.address, deadline));
  CO_TRY(auto link, co_await net::dial_link(std::move(stream), credentials_[static_cast<size_t>(lane)], target.node,
                                            target.host, deadline));
  if (link->peer().facts.boot_id != target.boot_id) {
    link->close();
    co_return fail(ErrorKind::kClosed, "it is another process by now");
  }
  co_return link;
}

Task<void> Strand::dial_for_ever(Target target, net::Lane lane, uint64_t round) {
  Peer& other = peer(target.node);
  Duration pause = options_.dial_pause_first;
  while (!stopping_ && other.round == round) {
    const MonotonicTime begin = loop_.now();
    auto link = co_await dial(target, lane);
    if (!link) {
      LOG_DEBUG("cluster", "a strand to node {}: {}", short_id(target.node), link.error().message);
    } else if (stopping_ || other.round != round) {
      (*link)->close();
    } else {
      co_await keep(std::move(*link), lane);
    }
    if (stopping_ || other.round != round) break;
    pause =
        loop_.now() - begin > kLasting ? options_.dial_pause_first : std::min(pause * 2, options_.dial_pause_longest);
    co_await other.bell.wait(pause);
  }
}

Task<void> Strand::keep(std::shared_ptr<net::Link> link, net::Lane lane) {
  Peer& other = peer(link->peer().id);
  const auto& limits = lane == net::Lane::kBlocks ? options_.block_limits : options_.control_limits;
  auto dialogue = std::make_shared<net::Dialogue>(std::move(link), door_, limits);
  const auto session = std::make_shared<Session>(std::move(dialogue), lane, "", loop_.now());
  auto& place = other.lanes[static_cast<size_t>(lane)];
  if (place) place->close();
  place = session;
  ++connections_;
  (void)co_await Session::run(session, ping_options(options_.ping, 0, false));
  --connections_;
  if (place == session) place.reset();
  co_await session->join();
}

bool Strand::working() const {
  for (const auto& [node, other] : peers_) {
    for (const auto& session : other->lanes) {
      if (session && session->open() && session->dialogue().working()) return true;
    }
  }
  return false;
}

Task<void> Strand::stop_here(Duration grace) {
  stopping_ = true;
  for (const auto& [node, other] : peers_) {
    for (const auto& session : other->lanes) {
      if (session) session->dialogue().refuse_new();
    }
  }
  const MonotonicTime end = loop_.now() + grace;
  while (working() && loop_.now() < end) co_await bell_.wait(10ms);
  for (const auto& [node, other] : peers_) drop_here(*other);
  co_await tasks_.join();
}

Task<void> Strand::stop(std::shared_ptr<Strand> self, Duration grace) {
  struct Job {
    static Task<void> run(std::shared_ptr<Strand> strand, Duration patience, runtime::Promise<bool> done) {
      co_await strand->stop_here(patience);
      done.set(true);
    }
  };
  auto [promise, future] = runtime::make_future<bool>();
  self->loop_.post([self, grace, done = std::move(promise)]() mutable {
    self->stopper_.spawn(Job::run(self, grace, std::move(done)));
  });
  (void)co_await std::move(future);
  // The job after the one that said so: nothing of this is on that loop any more.
  auto [left, gone] = runtime::make_future<bool>();
  self->loop_.post([self, done = std::move(left)]() mutable { done.set(true); });
  (void)co_await std::move(gone);
}

}  // namespace garage::cluster
