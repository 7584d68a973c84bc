#include "cluster/mesh_core.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/log.hpp"

namespace garage::cluster {
namespace {

// Answers of this size say something about the peer, not about the line.
constexpr size_t kTellingBytesMax = 64 * 1024;
// In a large cluster each pair of nodes has little to say, and all of them together would need too many connections.
constexpr size_t kPeersWithStrandsMax = 64;

}  // namespace

MeshCore::MeshCore(MeshParts parts, MeshOptions options, net::TlsIdentity identity)
    : env_(parts.env),
      options_(std::move(options)),
      self_info_{.id = parts.key.id,
                 .address = {parts.facts.public_address},
                 .facts = parts.facts,
                 .protocol = parts.facts.protocols.max},
      clock_(parts.clock),
      table_(parts.key.id),
      list_(env_.disk, env_.pools.disk, options_.peer_list_path),
      gossip_(table_, clock_, parts.source,
              parts.facts.public_address.starts_with(':') ? options_.own_address : parts.facts.public_address, options_,
              [this] { changed(); }),
      sessions_(table_, env_.random, dispatcher_, parts.facts, options_,
                {.connected =
                     [this](Peer& peer) {
                       gossip_.greet(peer);
                       weave(peer);
                     },
                 .lost = [this](Peer& peer) { unravel(peer); },
                 .changed = [this] { changed(); }}),
      dialler_(table_, sessions_, env_.network, env_.random, net::Credentials{identity, parts.rpc_secret, parts.facts},
               options_),
      view_(std::make_shared<const ClusterView>()) {
  dispatcher_.add("cluster", gossip_);
  const net::Credentials credentials{std::move(identity), std::move(parts.rpc_secret), parts.facts};
  strands_.resize(std::clamp<size_t>(parts.facts.strands, 1, env_.loops.size()));
  for (uint32_t i = 1; i < strands_.size(); ++i)
    strands_[i] = std::make_shared<Strand>(*env_.loops[i], i, env_.network, dispatcher_, credentials, options_);
}

void MeshCore::start() {
  home_ = runtime::Loop::current();
  ASSERT(home_ != nullptr, "a mesh lives on a loop");
  for (const KnownPeer& peer : list_.load()) {
    for (const std::string& address : peer.addresses) (void)table_.hear(peer.id, address);
  }
  for (const std::string& text : options_.bootstrap_peers) {
    const auto name = parse_peer_name(text);
    if (name) {
      table_.configure(name->id, name->address);
    } else {
      LOG_WARN("cluster", "bootstrap_peers: {}", name.error().message);
    }
  }
  gossip_.start();
  tasks_.spawn(tick());
}

Task<void> MeshCore::tick() {
  while (!stopping_) {
    sessions_.part();
    table_.forget(options_.has_role, home_->now(), options_.strangers_remembered);
    changed();
    co_await list_.save(table_.known());
    if (!stopping_) co_await bell_.wait(options_.tick);
  }
}

void MeshCore::changed() {
  if (!stopping_) dialler_.check();
  publish();
}

void MeshCore::publish() {
  const MonotonicTime now = runtime::Loop::current()->now();
  clock_.hear(clocks_heard(table_, now));
  auto view = std::make_shared<ClusterView>(
      make_view(table_, clock_, now, ping_options(options_.ping, members(), true).suspect_after));
  view->told_every = gossip_interval(options_.gossip_interval, members());
  for (const auto& strand : strands_) view->strands += strand ? strand->connections() : 0;
  view_.store(std::move(view));
}

Task<void> MeshCore::stop(Duration grace) {
  if (home_ == nullptr) co_return;
  stopping_ = true;
  dialler_.stop();
  sessions_.refuse_new();
  runtime::TaskGroup strands;
  for (const auto& strand : strands_) {
    if (strand) strands.spawn(Strand::stop(strand, grace));
  }
  const MonotonicTime end = home_->now() + grace;
  while (sessions_.working() && home_->now() < end) co_await bell_.wait(10ms);
  sessions_.close_all();
  bell_.ring();
  co_await strands.join();
  co_await gossip_.stop();
  co_await dialler_.join();
  co_await tasks_.join();
}

Task<void> MeshCore::host(std::shared_ptr<net::Link> link) {
  if (link->peer().facts.strand != 0) co_return co_await host_strand(std::move(link));
  const net::Lane lane = link->peer().facts.lane;
  auto session = co_await sessions_.admit(std::move(link), lane, "");
  if (session) co_await sessions_.keep(std::move(*session));
}

// Between two nodes that both have strands for more loops than one: whoever dialled dials those too.
void MeshCore::weave(Peer& peer) {
  unravel(peer);
  const Session* control = peer.control();
  if (stopping_ || control == nullptr || !control->dialled() || members() > kPeersWithStrandsMax) return;
  const size_t count = std::min<size_t>(strands_.size(), control->info().facts.strands);
  for (size_t i = 1; i < count; ++i) {
    strands_[i]->tend({.node = peer.id,
                       .boot_id = control->info().facts.boot_id,
                       .address = control->info().address,
                       .host = host_of(control->address()),
                       .service_time = peer.service_time});
  }
}

void MeshCore::unravel(const Peer& peer) {
  for (const auto& strand : strands_) {
    if (strand && !stopping_) strand->drop(peer.id);
  }
}

Task<void> MeshCore::host_strand(std::shared_ptr<net::Link> link) {
  const net::PeerInfo& info = link->peer();
  auto allowed = sessions_.check_strand(*link);
  if (allowed && info.facts.strand >= strands_.size())
    allowed = fail(ErrorKind::kUnsupported, "this node has no such strand");
  if (allowed) allowed = link->leave_loop();
  if (!allowed) {
    co_await link->close_with(allowed.error());
    co_return;
  }
  const auto& strand = strands_[info.facts.strand];
  const auto service_time = table_.find(info.id)->service_time;
  strand->take(std::move(link), service_time);
}

const Strand* MeshCore::strand_here() const {
  const runtime::Loop* here = runtime::Loop::current();
  for (size_t i = 1; here != home_ && i < strands_.size(); ++i) {
    if (env_.loops[i] == here) return strands_[i].get();
  }
  return nullptr;
}

Task<Result<std::string>> MeshCore::call_over(std::shared_ptr<Session> session,
                                              std::shared_ptr<ServiceTime> service_time, std::string operation,
                                              std::string payload, net::CallOptions options) {
  runtime::Loop& loop = *runtime::Loop::current();
  const MonotonicTime begin = loop.now();
  const size_t asked_bytes = payload.size();
  auto answer =
      co_await session->dialogue().call(std::move(operation), std::move(payload), options.deadline, options.priority);
  if (answer && asked_bytes + answer->size() <= kTellingBytesMax) service_time->served(loop.now() - begin);
  co_return answer;
}

Task<Result<std::string>> MeshCore::call(NodeId node, std::string operation, std::string payload,
                                         net::CallOptions options) {
  if (node == table_.self())
    co_return co_await dispatcher_.handle(std::move(operation), std::move(payload), self_info_);
  if (home_ == nullptr) co_return fail(ErrorKind::kUnavailable, "the mesh has not begun");
  if (const Strand* strand = strand_here(); strand != nullptr && is_for_strands(operation)) {
    auto line = strand->find(node, options.lane);
    if (line.session) {
      co_return co_await call_over(std::move(line.session), std::move(line.service_time), std::move(operation),
                                   std::move(payload), options);
    }
  }
  co_return co_await at_home(call_here(node, std::move(operation), std::move(payload), options));
}

Task<Result<std::string>> MeshCore::call_here(NodeId node, std::string operation, std::string payload,
                                              net::CallOptions options) {
  Peer* peer = table_.find(node);
  const auto session_of = [peer](net::Lane lane) {
    auto session = peer == nullptr ? nullptr : peer->lanes[static_cast<size_t>(lane)];
    return session && session->open() ? session : nullptr;
  };
  auto session = session_of(options.lane);
  if (!session && options.lane == net::Lane::kBlocks) {
    // The block lane opens a moment later than the other; until then blocks go behind everything else there.
    session = session_of(net::Lane::kControl);
    options.priority = net::Priority::kBackground;
  }
  if (!session || stopping_)
    co_return fail(ErrorKind::kUnavailable, fmt::format("no connection to node {}", short_id(node)));
  co_return co_await call_over(std::move(session), peer->service_time, std::move(operation), std::move(payload),
                               options);
}

Task<Result<void>> MeshCore::connect(std::string peer_name) {
  CO_TRY(PeerName name, parse_peer_name(peer_name));
  if (name.id == table_.self()) co_return Result<void>{};
  if (home_ == nullptr) co_return fail(ErrorKind::kUnavailable, "the mesh has not begun");
  co_return co_await at_home(connect_here(std::move(name)));
}

Task<Result<void>> MeshCore::connect_here(PeerName name) {
  const Peer* known = table_.find(name.id);
  const bool connected = known != nullptr && known->control() != nullptr;
  // Not before one that works: it will not be tried now.
  (void)table_.suppose(name.id, name.address, !connected);
  Peer* peer = table_.find(name.id);
  if (peer == nullptr) co_return fail(ErrorKind::kOverloaded, "this node knows too many others");
  co_return co_await dialler_.connect(*peer, std::move(name.address));
}

void MeshCore::announce() {
  if (home_ == nullptr) return;
  if (runtime::Loop::current() == home_) {
    gossip_.announce();
  } else {
    home_->post([this] { gossip_.announce(); });
  }
}

}  // namespace garage::cluster
