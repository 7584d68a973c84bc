#include "sim/network.hpp"

#include <algorithm>
#include <utility>

#include "runtime/sleep.hpp"
#include "sim/network_address.hpp"
#include "sim/stream.hpp"

namespace garage::sim {
namespace {

// As long as a kernel tries to connect.
constexpr Duration kConnectLongest = 127s;
constexpr Duration kConnectRetry = 1s;

}  // namespace

SimNetwork::SimNetwork(Scheduler& scheduler, Links& links) : scheduler_(scheduler), links_(links) {
  links_.on_heal([this] { retry_all(); });
}

void SimNetwork::add_host(std::string name, std::vector<std::string> ips) {
  hosts_[std::move(name)] = std::move(ips);
}

const std::vector<std::string>* SimNetwork::host(const std::string& name) const {
  const auto found = hosts_.find(name);
  return found == hosts_.end() ? nullptr : &found->second;
}

void SimNetwork::machine_up(NodeIndex node) {
  if (node >= machines_.size()) machines_.resize(node + 1);
  if (std::exchange(machines_[node].dark, false)) retry_all();
}

uint16_t SimNetwork::fresh_port(NodeIndex node) {
  uint16_t& last = machines_[node].last_port;
  do {
    last = last == UINT16_MAX ? 32768 : static_cast<uint16_t>(last + 1);
  } while (listeners_.contains({node, std::to_string(last)}));
  return last;
}

bool SimNetwork::add_listener(const Place& place, SimListener& listener, bool shared) {
  auto& all = listeners_[place];
  if (!all.empty() && !shared) return false;
  all.push_back(&listener);
  return true;
}

void SimNetwork::remove_listener(const Place& place, SimListener& listener) {
  const auto found = listeners_.find(place);
  if (found == listeners_.end()) return;
  std::erase(found->second, &listener);
  if (found->second.empty()) listeners_.erase(found);
}

void SimNetwork::remove_listeners(const NodeNetwork& life) {
  for (auto entry = listeners_.begin(); entry != listeners_.end();) {
    std::erase_if(entry->second, [&life](SimListener* listener) { return &listener->life() == &life; });
    entry = entry->second.empty() ? listeners_.erase(entry) : std::next(entry);
  }
}

SimListener* SimNetwork::find_listener(const Place& place) {
  const auto found = listeners_.find(place);
  return found == listeners_.end() ? nullptr : links_.random().pick(found->second);
}

void SimNetwork::add_connection(const std::shared_ptr<Connection>& connection) {
  if (connections_.size() >= prune_at_) {
    std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
    prune_at_ = 2 * connections_.size() + 64;
  }
  connections_.push_back(connection);
}

std::vector<std::shared_ptr<Connection>> SimNetwork::living_connections() {
  std::vector<std::shared_ptr<Connection>> out;
  for (const auto& weak : connections_) {
    if (auto connection = weak.lock()) out.push_back(std::move(connection));
  }
  return out;
}

void SimNetwork::process_died(const NodeNetwork& life) {
  for (const auto& connection : living_connections()) {
    for (int side = 0; side < 2; ++side) {
      if (connection->is_of(life, side)) connection->process_died(side);
    }
  }
}

void SimNetwork::reset_connections(NodeIndex a, NodeIndex b) {
  for (const auto& connection : living_connections()) {
    const NodeIndex from = connection->end(0).life->node();
    const NodeIndex to = connection->end(1).life->node();
    if ((from == a && to == b) || (from == b && to == a)) connection->reset();
  }
}

void SimNetwork::retry_all() {
  for (const auto& connection : living_connections()) connection->retry();
}

// --- what a node sees

void NodeNetwork::die(bool power_lost) {
  alive_ = false;
  if (power_lost) {
    network_.machine_dark(node_);
  } else {
    network_.process_died(*this);
  }
  network_.remove_listeners(*this);
}

Result<std::unique_ptr<env::Listener>> NodeNetwork::listen(env::Address address, env::ListenOptions options) {
  if (!alive_) return fail(ErrorKind::kClosed, address.text + ": the node is gone");
  TRY(ParsedAddress parsed, parse_address(address.text));
  std::string place = parsed.path;
  if (parsed.path.empty()) {
    const auto host = route(parsed.host, node_, network_.node_count());
    if (host != node_) return fail(ErrorKind::kInvalid, address.text + ": not an address of this node");
    if (parsed.port == 0) {
      parsed.port = network_.fresh_port(node_);
      address.text = address.text.substr(0, address.text.size() - 1) + std::to_string(parsed.port);
    }
    place = std::to_string(parsed.port);
  }
  auto listener = std::make_unique<SimListener>(*this, SimNetwork::Place{node_, place}, address);
  if (!network_.add_listener({node_, place}, *listener, options.share_port)) {
    return fail(ErrorKind::kExists, address.text + ": somebody listens there already");
  }
  return listener;
}

// A packet to the target and its machine's readiness to answer; tried again and again until the deadline.
Task<bool> NodeNetwork::reach(NodeIndex target, MonotonicTime deadline) {
  runtime::Loop* loop = runtime::Loop::current();
  Links& links = network_.links();
  for (;;) {
    const Duration left = deadline - loop->now();
    const Duration delay = links.delay(node_, target);
    if (delay >= left) break;
    co_await runtime::sleep_for(delay);
    if (links.open(node_, target) && links.open(target, node_) && !network_.is_dark(target)) co_return true;
    co_await runtime::sleep_for(std::min(kConnectRetry, std::max(Duration(0), deadline - loop->now())));
  }
  co_await runtime::sleep_for(std::max(Duration(0), deadline - loop->now()));
  co_return false;
}

Task<Result<std::unique_ptr<env::Stream>>> NodeNetwork::connect(env::Address address, MonotonicTime deadline) {
  runtime::Loop* loop = runtime::Loop::current();
  Links& links = network_.links();
  CO_TRY(const ParsedAddress parsed, parse_address(address.text));
  const auto target = route(parsed.host, node_, network_.node_count());
  deadline = std::min(deadline, loop->now() + kConnectLongest);
  if (!target) {
    co_await runtime::sleep_for(std::max(Duration(0), deadline - loop->now()));
    co_return fail(ErrorKind::kTimeout, address.text + ": no machine answers there");
  }
  if (!co_await reach(*target, deadline)) co_return fail(ErrorKind::kTimeout, address.text + ": no answer");

  SimListener* listener =
      network_.find_listener({*target, parsed.path.empty() ? std::to_string(parsed.port) : parsed.path});
  const bool unlucky = *target != node_ && links.chance(links.faults().connect_failure_probability);
  std::shared_ptr<Connection> connection;
  if (listener && !unlucky && !listener->full()) {
    const env::Address client{parsed.path.empty() ? ip_of(node_) + ":" + std::to_string(network_.fresh_port(node_))
                                                  : parsed.path};
    connection = std::make_shared<Connection>(network_, *this, address, listener->life(), client);
    network_.add_connection(connection);
    listener->offer(connection);
  }
  co_await runtime::sleep_for(links.delay(*target, node_));
  if (!connection) co_return fail(ErrorKind::kUnavailable, address.text + ": connection refused");
  auto stream = std::make_unique<SimStream>(std::move(connection), 0);
  if (loop->now() > deadline) co_return fail(ErrorKind::kTimeout, address.text + ": connected too late");
  co_return stream;
}

Task<Result<std::vector<env::Address>>> NodeNetwork::resolve(std::string host_and_port, MonotonicTime deadline) {
  CO_TRY(const HostAndPort parts, parse_host_and_port(host_and_port));
  if (is_ip_literal(parts.host)) co_return std::vector{env::Address{host_and_port}};
  const Duration delay = network_.links().delay(node_, kOutside);
  const Duration patience = std::max(deadline - runtime::Loop::current()->now(), Duration{0});
  co_await runtime::sleep_for(std::min(delay, patience));
  if (delay > patience) co_return fail(ErrorKind::kUnavailable, parts.host + ": no answer came in time");
  std::vector<env::Address> out;
  if (const auto* ips = network_.host(parts.host)) {
    for (const std::string& ip : *ips) out.push_back({ip + ":" + std::to_string(parts.port)});
  } else if (parts.host == "localhost") {
    out.push_back({"127.0.0.1:" + std::to_string(parts.port)});
  }
  if (out.empty()) co_return fail(ErrorKind::kNotFound, parts.host + ": no such host");
  co_return out;
}

}  // namespace garage::sim
