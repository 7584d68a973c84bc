// Who can reach whom, and how long it takes: the part of the network that message bus and byte streams share.
//
// A link is one way: block(a, b) stops what a sends to b. What is on its way when a link is cut is lost (messages) or
// waits (streams).
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sim/faults.hpp"
#include "sim/random.hpp"

namespace garage::sim {

using NodeIndex = uint32_t;
// The test itself, when it talks to nodes: no faults, the shortest delay.
inline constexpr NodeIndex kOutside = UINT32_MAX;

class Links {
 public:
  Links(SimRandom random, NetworkFaults faults) : random_(random), faults_(faults) {}

  void block(NodeIndex from, NodeIndex to);
  void unblock(NodeIndex from, NodeIndex to);
  void block_both(NodeIndex a, NodeIndex b);
  // Cuts the group off from all other nodes, both ways. `node_count` is how many there are.
  void isolate(const std::vector<NodeIndex>& group, NodeIndex node_count);
  // Removes every block.
  void heal();
  bool open(NodeIndex from, NodeIndex to) const;

  // Everything between the two, either way, is late by this much more (a slow peer, a far place).
  void set_extra_delay(NodeIndex a, NodeIndex b, Duration extra);

  // Draws.
  Duration delay(NodeIndex from, NodeIndex to);
  bool chance(double probability) { return random_.chance(probability); }
  SimRandom& random() { return random_; }

  NetworkFaults& faults() { return faults_; }
  // Called after links were opened.
  void on_heal(std::function<void()> callback) { healed_.push_back(std::move(callback)); }

 private:
  struct Extra {
    NodeIndex a, b;
    Duration delay;
  };
  void tell_healed();

  SimRandom random_;
  NetworkFaults faults_;
  std::set<std::pair<NodeIndex, NodeIndex>> blocked_;
  std::vector<Extra> extra_;
  std::vector<std::function<void()>> healed_;
};

}  // namespace garage::sim
