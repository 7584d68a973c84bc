// Byte streams between simulated nodes. SimNetwork is the wires of the world; NodeNetwork is what one life of a node
// sees of it.
//
// Every node listens at its own IP (SimNode::ip()), whatever interface it names; ports are per node. Streams are never
// wrong or out of order: faults are delay, short reads, cut links, lost connections and refusals. Names resolve if
// add_host() told them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "env/network.hpp"
#include "sim/connection.hpp"
#include "sim/links.hpp"
#include "sim/scheduler.hpp"

namespace garage::sim {

class SimListener;

class SimNetwork {
 public:
  SimNetwork(Scheduler& scheduler, Links& links);

  // From now on "name:port" resolves to these IPs, in this order.
  void add_host(std::string name, std::vector<std::string> ips);
  // Every stream between the two ends with kClosed.
  void reset_connections(NodeIndex a, NodeIndex b);

  // The rest is for NodeNetwork, its streams and SimNode.
  Scheduler& scheduler() { return scheduler_; }
  Links& links() { return links_; }
  void machine_up(NodeIndex node);
  void machine_dark(NodeIndex node) { machines_[node].dark = true; }
  bool is_dark(NodeIndex node) const { return machines_[node].dark; }
  NodeIndex node_count() const { return static_cast<NodeIndex>(machines_.size()); }
  uint16_t fresh_port(NodeIndex node);
  const std::vector<std::string>* host(const std::string& name) const;

  // A place is a port number or a Unix path.
  using Place = std::pair<NodeIndex, std::string>;
  bool add_listener(const Place& place, SimListener& listener, bool shared);
  void remove_listener(const Place& place, SimListener& listener);
  void remove_listeners(const NodeNetwork& life);
  SimListener* find_listener(const Place& place);

  void add_connection(const std::shared_ptr<Connection>& connection);
  void process_died(const NodeNetwork& life);
  void retry_all();

 private:
  struct Machine {
    bool dark = false;
    uint16_t last_port = 32767;
  };
  std::vector<std::shared_ptr<Connection>> living_connections();

  Scheduler& scheduler_;
  Links& links_;
  std::vector<Machine> machines_;
  std::map<Place, std::vector<SimListener*>> listeners_;
  std::vector<std::weak_ptr<Connection>> connections_;  // in order of their making
  size_t prune_at_ = 64;
  std::map<std::string, std::vector<std::string>> hosts_;
};

class NodeNetwork final : public env::Network {
 public:
  NodeNetwork(SimNetwork& network, NodeIndex node) : network_(network), node_(node) {}

  Result<std::unique_ptr<env::Listener>> listen(env::Address address, env::ListenOptions options) override;
  Task<Result<std::unique_ptr<env::Stream>>> connect(env::Address address, MonotonicTime deadline) override;
  Task<Result<std::vector<env::Address>>> resolve(std::string host_and_port, MonotonicTime deadline) override;

  NodeIndex node() const { return node_; }
  SimNetwork& network() { return network_; }
  bool alive() const { return alive_; }
  void begin() { network_.machine_up(node_); }
  // With power lost the peers hear nothing.
  void die(bool power_lost);

 private:
  Task<bool> reach(NodeIndex target, MonotonicTime deadline);

  SimNetwork& network_;
  NodeIndex node_;
  bool alive_ = true;
};

}  // namespace garage::sim
