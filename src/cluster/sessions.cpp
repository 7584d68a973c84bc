#include "cluster/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "cluster/peer_name.hpp"
#include "net/message.hpp"

namespace garage::cluster {
namespace {

// How long an older connection has to show that it lives.
constexpr Duration kProbe = 2s;
// One that ended sooner counts as a failure.
constexpr Duration kLastingSession = 5s;
// Who accepted waits so long for the dialler to open the block lane as well.
constexpr Duration kBlockLanePatience = 5s;
// Of the gossip, before a node that was revoked is let go.
constexpr int kFarewellRounds = 2;
// Both shall hear the other's status, and know why.
constexpr Duration kStrangersFarewell = 1s;
// Beyond the longest pause of who dials.
constexpr Duration kTwinRemembered = 10s;
// A stranger was perhaps emptied meanwhile, to join: it is met again, first after the longest pause of others.
constexpr Duration kLongestStrangersPause = 10min;

// `first` after the first time, twice that after the second...
Duration doubled(Duration first, unsigned times, Duration longest) {
  for (unsigned i = 1; i < times && first < longest; ++i) first *= 2;
  return std::min(first, longest);
}

// By these words the node itself learns of it, whatever the program of the other one.
std::string revoked_text(const NodeId& id) {
  return fmt::format("node {} was revoked", short_id(id));
}

// What a peer announces, made complete with the address that it comes from.
std::string announced_address(const net::PeerInfo& info) {
  const std::string& announced = info.facts.public_address;
  if (!announced.starts_with(':')) return is_address(announced) ? announced : "";
  const std::string& from = info.address.text;
  const size_t colon = from.rfind(':');
  const std::string address = colon == std::string::npos ? "" : from.substr(0, colon) + announced;
  return is_address(address) ? address : "";
}

}  // namespace

Sessions::Sessions(PeerTable& table, runtime::Random& random, net::RequestHandler& handler, const net::HelloFacts& self,
                   const MeshOptions& options, Told told)
    : table_(table), random_(random), handler_(handler), self_(self), options_(options), told_(std::move(told)) {}

Result<void> Sessions::check(const net::PeerInfo& info) const {
  if (stopping_) return fail(ErrorKind::kUnavailable, "the node is stopping");
  if (info.id == table_.self()) return fail(ErrorKind::kInvalid, "this is the node itself");
  if (info.facts.role != net::Role::kPeer) return fail(ErrorKind::kDenied, "only nodes have a place here");
  if (options_.is_revoked && options_.is_revoked(info.id)) {
    return fail(ErrorKind::kDenied,
                fmt::format("{}: it comes back under a new key only, with its metadata directory emptied",
                            revoked_text(info.id)));
  }
  if (info.facts.replication_factor != self_.replication_factor) {
    return fail(ErrorKind::kDenied,
                fmt::format("the replication factor differs: {} on node {}, {} on node {}. Set the same "
                            "replication_factor in the configuration of both",
                            self_.replication_factor, short_id(table_.self()), info.facts.replication_factor,
                            short_id(info.id)));
  }
  return {};
}

Result<void> Sessions::check_strand(const net::Link& link) const {
  const net::PeerInfo& info = link.peer();
  CHECK_OK(check(info));
  const Peer* peer = table_.find(info.id);
  const Session* control = peer == nullptr ? nullptr : peer->control();
  if (control == nullptr || control->info().facts.boot_id != info.facts.boot_id)
    return fail(ErrorKind::kUnavailable, "the control connection comes first");
  return {};
}

// Ends, or waits for the end of, what cannot stay beside the newcomer. An error where the newcomer cannot stay.
Task<Result<void>> Sessions::make_way(Peer& peer, const net::Link& link, net::Lane lane) {
  const bool we_are_lower = table_.self() < peer.id;
  for (;;) {
    std::shared_ptr<Session> rival;
    bool other_process = false;
    for (const auto& session : peer.lanes) {
      if (!session || !session->open()) continue;
      other_process = session->info().facts.boot_id != link.peer().facts.boot_id;
      // Of both directions the lower id's; of one direction the later: its dialler has given up the earlier.
      const bool stays = session->dialled() != link.dialled() && session->dialled() == we_are_lower;
      if (other_process || (session->lane() == lane && stays)) {
        rival = session;
        break;
      }
    }
    if (!rival) break;
    if (co_await rival->answers(kProbe)) {
      if (!other_process) co_return fail(ErrorKind::kExists, "there is a connection already");
      // Without the port, which is another one each time.
      peer.twin =
          fmt::format("another process with the same node key wants to connect from {}, while the first one answers",
                      host_of(link.peer().address.text));
      peer.twin_seen = runtime::Loop::current()->now();
      co_return fail(ErrorKind::kExists, "another process with the same node key is connected, and answers");
    }
    rival->close();
    if (other_process) peer.twin.clear();
  }
  if (Session* older = peer.open_lane(lane)) older->close();
  co_return Result<void>{};
}

Task<Result<std::shared_ptr<Session>>> Sessions::admit(std::shared_ptr<net::Link> link, net::Lane lane,
                                                       std::string address) {
  // A copy: a link that is refused may end while it is told.
  const net::PeerInfo info = link->peer();
  if (address.empty()) address = announced_address(info);
  auto allowed = check(info);
  Peer* peer = table_.get_or_add(info.id);
  if (peer != nullptr) peer->proven = true;
  if (peer != nullptr && !address.empty() && peer->stranger.empty()) (void)table_.learn(info.id, address);
  if (allowed && peer == nullptr) allowed = fail(ErrorKind::kOverloaded, "this node knows too many others");
  const auto said_of = [](const Peer* one) { return one != nullptr ? one->trouble + one->twin : ""; };
  const std::string said_before = said_of(peer);
  if (!allowed && peer != nullptr) peer->trouble = allowed.error().message;
  if (!allowed && peer != nullptr) peer->note_refusal(allowed.error(), runtime::Loop::current()->now());
  if (allowed) allowed = co_await make_way(*peer, *link, lane);
  if (allowed && stopping_) allowed = fail(ErrorKind::kUnavailable, "the node is stopping");
  if (allowed && !link->open()) allowed = fail(ErrorKind::kClosed, "the connection was lost");
  if (!allowed) {
    // It comes again and again: one line for each reason.
    const bool is_news = peer == nullptr || said_of(peer) != said_before;
    const bool is_twin = peer != nullptr && !peer->twin.empty() && allowed.error().kind == ErrorKind::kExists;
    const bool worth_a_line = allowed.error().kind == ErrorKind::kDenied || is_twin;
    if (is_news && worth_a_line)
      LOG_WARN("cluster", "refused node {} at {}: {}", short_id(info.id), info.address.text, allowed.error().message);
    told_.changed();
    co_await link->close_with(allowed.error());
    co_return std::unexpected(allowed.error());
  }
  const auto& limits = lane == net::Lane::kBlocks ? options_.block_limits : options_.control_limits;
  auto dialogue = std::make_shared<net::Dialogue>(std::move(link), handler_, limits);
  auto session =
      std::make_shared<Session>(std::move(dialogue), lane, std::move(address), runtime::Loop::current()->now());
  peer->lanes[static_cast<size_t>(lane)] = session;
  if (!session->dialled()) peer->dial_at = runtime::Loop::current()->now() + kBlockLanePatience;
  co_return session;
}

Task<void> Sessions::keep(std::shared_ptr<Session> session) {
  runtime::Loop& loop = *runtime::Loop::current();
  const MonotonicTime begin = loop.now();
  Peer& peer = *table_.find(session->info().id);
  if (session->lane() == net::Lane::kControl) {
    told_.connected(peer);
  }
  told_.changed();
  const Error end = co_await Session::run(
      session, ping_options(options_.ping, table_.members(options_.has_role), session->lane() == net::Lane::kControl));
  note_end(peer, *session, loop.now() - begin, end);
  told_.changed();
  co_await session->join();
}

void Sessions::note_end(Peer& peer, const Session& session, Duration lived, const Error& end) {
  const MonotonicTime now = runtime::Loop::current()->now();
  peer.last_seen = std::max(peer.last_seen.value_or(MonotonicTime{}), session.answered_at());
  auto& place = peer.lanes[static_cast<size_t>(session.lane())];
  if (place.get() != &session) return;  // another one has taken its place
  place.reset();
  // Who connects and is refused has failed as well: only what lasted begins anew.
  peer.failures = lived < kLastingSession ? peer.failures + 1 : 0;
  peer.dial_at = now + pause_after(peer.failures);
  const bool is_control = session.lane() == net::Lane::kControl;
  if (!peer.stranger.empty()) {
    if (is_control) ++peer.strange_meetings;
    peer.dial_at = now + doubled(options_.dial_pause_longest, peer.strange_meetings, kLongestStrangersPause);
  }
  if (!is_control || stopping_) return;
  const std::string before =
      std::exchange(peer.trouble, peer.stranger.empty() ? net::one_line(end.message) : peer.stranger);
  peer.note_refusal(end, now);
  log_end(peer, session, before, end);
  told_.lost(peer);
}

void Sessions::log_end(Peer& peer, const Session& session, const std::string& before, const Error& end) {
  const std::string name = fmt::format("node {} at {}", short_id(peer.id), session.address());
  if (session.heard()) {
    // Of later meetings with a stranger there is nothing new to say.
    if (peer.strange_meetings <= 1) LOG_INFO("cluster", "lost {}: {}", name, peer.trouble);
    return;
  }
  const bool revoked = end.kind == ErrorKind::kDenied && end.message.contains(revoked_text(table_.self()));
  const bool revoked_before = table_.revoked_by_others();
  peer.revokes_us = revoked;
  // It is tried again and again, and all others may say the same: one line for each reason.
  if (peer.trouble == before || (revoked && revoked_before)) return;
  if (revoked) {
    LOG_WARN("cluster",
             "this node was revoked, says {}: it serves nothing, and comes back as a new node only, with its metadata "
             "directory emptied (node_key too)",
             name);
  } else if (end.kind == ErrorKind::kDenied || end.kind == ErrorKind::kExists) {
    LOG_WARN("cluster", "{} refuses this one: {}", name, peer.trouble);
  } else {
    LOG_INFO("cluster", "no lasting connection to {}: {}", name, peer.trouble);
  }
}

Duration Sessions::pause_after(unsigned failures) {
  const Duration pause = doubled(options_.dial_pause_first, failures, options_.dial_pause_longest);
  return pause / 2 + Duration(static_cast<int64_t>(random_.below(static_cast<uint64_t>(pause.count() / 2 + 1))));
}

void Sessions::refuse_new() {
  stopping_ = true;
  for (const auto& [id, peer] : table_.all()) {
    for (const auto& session : peer->lanes) {
      if (session) session->dialogue().refuse_new();
    }
  }
}

void Sessions::part() {
  const MonotonicTime now = runtime::Loop::current()->now();
  for (const auto& [id, peer] : table_.all()) {
    // One that still lives has been here again meanwhile.
    if (now - peer->twin_seen > kTwinRemembered + 2 * options_.dial_pause_longest) peer->twin.clear();
    const bool revoked = options_.is_revoked && options_.is_revoked(id);
    if (peer->control() == nullptr || !(revoked || !peer->stranger.empty())) {
      peer->parting_at.reset();
      continue;
    }
    const Duration farewell = revoked ? kFarewellRounds * options_.gossip_interval : kStrangersFarewell;
    if (!peer->parting_at) peer->parting_at = now + farewell;
    if (now < *peer->parting_at) continue;
    for (const auto& session : peer->lanes) {
      if (session) session->close();
    }
  }
}

bool Sessions::working() const {
  for (const auto& [id, peer] : table_.all()) {
    for (const auto& session : peer->lanes) {
      if (session && session->open() && session->dialogue().working()) return true;
    }
  }
  return false;
}

void Sessions::close_all() {
  for (const auto& [id, peer] : table_.all()) {
    for (const auto& session : peer->lanes) {
      if (session) session->close();
    }
  }
}

}  // namespace garage::cluster
