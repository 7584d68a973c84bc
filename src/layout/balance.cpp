#include "layout/balance.hpp"

#include <algorithm>
#include <map>
#include <queue>

#include "base/int128.hpp"

namespace garage::layout {
namespace {

using Wide = Uint128;

using Group = std::vector<uint32_t>;

// More than enough for zones and nodes of any kind; a bound all the same.
constexpr int kRoundsMax = 200;

class Balancer {
 public:
  Balancer(FlowGraph& graph, const BalanceEnds& ends, const std::vector<uint32_t>& room,
           const std::vector<uint64_t>& weights, std::vector<uint32_t> loads)
      : graph_(graph), ends_(ends), room_(room), weights_(weights), loads_(std::move(loads)) {}

  // A move costs nothing between nodes of one potential only. Within such a group: aim at even loads; where some units
  // cannot be moved, the nodes that they are stuck on and those that can be reached from there are one group for
  // themselves, and the others another.
  void run() {
    std::map<int32_t, Group> by_potential;
    for (uint32_t node = 0; node < loads_.size(); ++node)
      by_potential[graph_.potential(ends_.vertex[node])].push_back(node);
    for (auto& [potential, nodes] : by_potential) {
      graph_.set_potential(ends_.taker, potential);
      graph_.set_potential(ends_.giver, potential);
      std::vector<Group> groups = {std::move(nodes)};
      for (int rounds = 0; !groups.empty() && rounds < kRoundsMax; ++rounds) {
        const Group group = std::move(groups.back());
        groups.pop_back();
        if (group.size() < 2) continue;
        auto [above, below] = even_out(group);
        if (above.empty() || below.empty()) continue;
        groups.push_back(std::move(above));
        groups.push_back(std::move(below));
      }
    }
  }

 private:
  struct Split {
    Group above, below;  // both empty where the group became even
  };

  Split even_out(const Group& group) {
    const auto targets = even_loads(group);
    int64_t surplus = 0;
    for (size_t i = 0; i < group.size(); ++i) {
      const int64_t over = int64_t{loads_[group[i]]} - targets[i];
      graph_.reset_arc(ends_.take[group[i]], static_cast<int32_t>(std::max<int64_t>(over, 0)));
      graph_.reset_arc(ends_.give[group[i]], static_cast<int32_t>(std::max<int64_t>(-over, 0)));
      surplus += std::max<int64_t>(over, 0);
    }
    const int64_t moved = graph_.reroute(ends_.taker, ends_.giver);
    Split split;
    if (moved < surplus) {
      const auto reached = graph_.reachable(ends_.taker);
      for (const uint32_t node : group) (reached[ends_.vertex[node]] ? split.above : split.below).push_back(node);
    }
    for (const uint32_t node : group) {
      loads_[node] -= static_cast<uint32_t>(graph_.flow_on(ends_.take[node]));
      loads_[node] += static_cast<uint32_t>(graph_.flow_on(ends_.give[node]));
      graph_.reset_arc(ends_.take[node], 0);
      graph_.reset_arc(ends_.give[node], 0);
    }
    return split;
  }

  // The group's units dealt out one by one, each to the node that is least full with it.
  std::vector<uint32_t> even_loads(const Group& group) const {
    uint64_t units = 0;
    for (const uint32_t node : group) units += loads_[node];
    std::vector<uint32_t> out(group.size(), 0);
    const auto later = [&](size_t a, size_t b) {
      const Wide fill_a = Wide{out[a] + 1} * weights_[group[b]], fill_b = Wide{out[b] + 1} * weights_[group[a]];
      return fill_a != fill_b ? fill_a > fill_b : a > b;
    };
    std::priority_queue<size_t, std::vector<size_t>, decltype(later)> queue(later);
    for (size_t i = 0; i < group.size(); ++i) {
      if (room_[group[i]] > 0) queue.push(i);
    }
    for (; units > 0 && !queue.empty(); --units) {
      const size_t i = queue.top();
      queue.pop();
      if (++out[i] < room_[group[i]]) queue.push(i);
    }
    return out;
  }

  FlowGraph& graph_;
  const BalanceEnds& ends_;
  const std::vector<uint32_t>& room_;
  const std::vector<uint64_t>& weights_;
  std::vector<uint32_t> loads_;
};

}  // namespace

void balance(FlowGraph& graph, const BalanceEnds& ends, const std::vector<uint32_t>& room,
             const std::vector<uint64_t>& weights, std::vector<uint32_t> loads) {
  Balancer(graph, ends, room, weights, std::move(loads)).run();
}

}  // namespace garage::layout
