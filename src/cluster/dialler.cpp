#include "cluster/dialler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "cluster/peer_name.hpp"

namespace garage::cluster {
namespace {

// Of one name.
constexpr size_t kResolvedMax = 4;
// Two nodes that learn of each other at the same time should not both dial: the higher id waits for the lower.
constexpr Duration kHigherIdWaits = 300ms;
constexpr uint64_t kFirstSpreadMs = 50;

// Of the failures at several addresses, the one that tells most.
bool tells_more(const Error& error, const Error& than) {
  const auto rank = [](ErrorKind kind) {
    switch (kind) {
      case ErrorKind::kDenied:
      case ErrorKind::kUnsupported:
      case ErrorKind::kExists:
        return 2;
      case ErrorKind::kUnavailable:
      case ErrorKind::kTimeout:
        return 0;
      default:
        return 1;
    }
  };
  return rank(error.kind) > rank(than.kind);
}

// Another node showed itself there: the one that is looked for has refused nothing.
Error unless_another(Error error, const NodeId& wanted) {
  const bool is_another = error.kind == ErrorKind::kDenied && error.message.contains("expected was " + wanted.hex());
  if (is_another) error.kind = ErrorKind::kNotFound;
  return error;
}

std::vector<std::string> candidates(const Peer& peer) {
  std::vector<std::string> all = peer.addresses;
  for (const std::string& address : peer.configured) {
    if (std::ranges::find(all, address) == all.end()) all.push_back(address);
  }
  return all;
}

}  // namespace

Dialler::Dialler(PeerTable& table, Sessions& sessions, env::Network& network, runtime::Random& random,
                 net::Credentials credentials, const MeshOptions& options)
    : table_(table), sessions_(sessions), network_(network), random_(random), options_(options) {
  for (const net::Lane lane : {net::Lane::kControl, net::Lane::kBlocks}) {
    credentials.facts.lane = lane;
    credentials_[static_cast<size_t>(lane)] = std::make_shared<const net::Credentials>(credentials);
  }
}

bool Dialler::is_missing(const Peer& peer) const {
  if (options_.is_revoked && options_.is_revoked(peer.id)) return false;  // it would only be sent away
  if (peer.control() == nullptr) return !peer.addresses.empty() || !peer.configured.empty();
  return peer.open_lane(net::Lane::kBlocks) == nullptr;
}

void Dialler::check() {
  const MonotonicTime now = runtime::Loop::current()->now();
  for (const auto& [id, peer] : table_.all()) {
    if (stopping_ || peer->dialling || !is_missing(*peer)) continue;
    if (peer->dial_at == MonotonicTime{}) {
      peer->dial_at = now + std::chrono::milliseconds(random_.below(kFirstSpreadMs));
      if (table_.self() > id) peer->dial_at = peer->dial_at + kHigherIdWaits;
    }
    if (now < peer->dial_at) continue;
    peer->dialling = true;
    tasks_.spawn(dial(*peer));
  }
}

Task<void> Dialler::dial(Peer& peer) {
  const bool was_connected = peer.control() != nullptr;
  Result<void> outcome;
  if (!was_connected) outcome = co_await dial_lane(peer, net::Lane::kControl, candidates(peer));
  co_await finish(peer, std::move(outcome));
}

Task<void> Dialler::finish(Peer& peer, Result<void> outcome) {
  const Session* control = peer.control();
  if (control != nullptr && !stopping_ && !peer.open_lane(net::Lane::kBlocks)) {
    // At the address that works, if we know it.
    std::vector<std::string> addresses = candidates(peer);
    if (control->dialled()) addresses = {control->address()};
    outcome = co_await dial_lane(peer, net::Lane::kBlocks, std::move(addresses));
  }
  if (!outcome && !stopping_) {
    peer.dial_at = runtime::Loop::current()->now() + sessions_.pause_after(++peer.failures);
    if (peer.control() == nullptr) peer.trouble = outcome.error().message;
    peer.note_refusal(outcome.error(), runtime::Loop::current()->now());
    LOG_DEBUG("cluster", "node {}: {}", short_id(peer.id), outcome.error().message);
  }
  peer.dialling = false;
  dialled_.ring();
}

Task<Result<void>> Dialler::dial_lane(Peer& peer, net::Lane lane, std::vector<std::string> addresses) {
  Error worst{ErrorKind::kUnavailable, "no address of it is known"};
  bool first = true;
  for (const std::string& address : addresses) {
    if (peer.open_lane(lane) != nullptr || stopping_) break;  // the peer was faster
    auto outcome = co_await dial_host(peer, lane, address);
    if (outcome) co_return outcome;
    if (first || tells_more(outcome.error(), worst)) worst = outcome.error();
    first = false;
  }
  if (peer.open_lane(lane) != nullptr) co_return Result<void>{};
  co_return std::unexpected(worst);
}

Task<Result<void>> Dialler::dial_host(Peer& peer, net::Lane lane, std::string address) {
  const auto resolved = co_await network_.resolve(address, MonotonicTime::never());
  if (!resolved) co_return std::unexpected(resolved.error());
  Error worst{ErrorKind::kUnavailable, fmt::format("{} has no address", address)};
  for (size_t i = 0; i < std::min(resolved->size(), kResolvedMax) && !stopping_; ++i) {
    auto outcome = co_await dial_address(peer, lane, (*resolved)[i], address);
    if (outcome) co_return outcome;
    if (i == 0 || tells_more(outcome.error(), worst)) worst = outcome.error();
  }
  co_return std::unexpected(worst);
}

Task<Result<void>> Dialler::dial_address(Peer& peer, net::Lane lane, env::Address address, std::string text) {
  // Who was replaced keeps its address in the memory of the others. The new one need not turn them away.
  if (const Peer* other = table_.at(address.text, text); other != nullptr && other->id != peer.id)
    co_return fail(ErrorKind::kNotFound,
                   fmt::format("another node, {}, is at {} now", short_id(other->id), address.text));
  const MonotonicTime deadline = runtime::Loop::current()->now() + options_.dial_timeout;
  env::Address from{options_.dial_from};
  CO_TRY(auto stream, co_await network_.connect_from(std::move(from), std::move(address), deadline));
  auto link = co_await net::dial_link(std::move(stream), credentials_[static_cast<size_t>(lane)], peer.id,
                                      host_of(text), deadline);
  if (!link) co_return std::unexpected(unless_another(link.error(), peer.id));
  CO_TRY(auto session, co_await sessions_.admit(std::move(*link), lane, std::move(text)));
  tasks_.spawn(sessions_.keep(std::move(session)));
  co_return Result<void>{};
}

Task<Result<void>> Dialler::connect(Peer& peer, std::string address) {
  while (peer.dialling) co_await dialled_.wait(options_.tick);
  if (peer.control() != nullptr) co_return Result<void>{};
  if (stopping_) co_return fail(ErrorKind::kClosed, "the node is stopping");
  peer.dialling = true;
  std::vector<std::string> there = {address};
  const auto outcome = co_await dial_lane(peer, net::Lane::kControl, std::move(there));
  std::vector<std::string> elsewhere = candidates(peer);
  std::erase(elsewhere, address);
  if (outcome || elsewhere.empty()) {
    co_await finish(peer, outcome);
  } else {
    auto other_outcome = co_await dial_lane(peer, net::Lane::kControl, std::move(elsewhere));
    co_await finish(peer, std::move(other_outcome));
  }
  if (peer.control() != nullptr) co_return Result<void>{};
  co_return fail(ErrorKind::kUnavailable, outcome ? peer.trouble : outcome.error().message);
}

}  // namespace garage::cluster
