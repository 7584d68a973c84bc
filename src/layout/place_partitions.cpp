#include <algorithm>

#include "base/assert.hpp"
#include "layout/balance.hpp"
#include "layout/problem.hpp"

namespace garage::layout {
namespace {

using Vertex = FlowGraph::Vertex;

// Numbers that look random and are the same everywhere.
uint64_t scattered(uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// The nodes of a zone in the order in which a partition should try them: drawn by their room, so that partitions of
// one node share it with many others. A few draws are enough; the rest follows in order.
std::vector<uint32_t> draw_order(std::vector<uint32_t> nodes, const std::vector<uint32_t>& room, uint64_t& state) {
  constexpr size_t kDraws = 8;
  uint64_t total = 0;
  for (const uint32_t node : nodes) total += room[node];
  for (size_t i = 0; i < std::min(nodes.size(), kDraws) && total > 0; ++i) {
    uint64_t pick = scattered(state) % total;
    size_t at = i;
    while (pick >= room[nodes[at]]) pick -= room[nodes[at++]];
    std::swap(nodes[i], nodes[at]);
    total -= room[nodes[i]];
  }
  return nodes;
}

class Placer {
 public:
  Placer(const Problem& problem, uint64_t partition_bytes)
      : problem_(problem), nodes_(static_cast<uint32_t>(problem.zone_of.size())), graph_(vertex_count()) {
    for (uint32_t node = 0; node < nodes_; ++node) room_.push_back(room_for(problem, node, partition_bytes));
    add_arcs();
  }

  std::vector<std::vector<uint32_t>> run() {
    const int64_t placed = graph_.saturate(kSource, kSink);
    ASSERT(placed == int64_t{problem_.partitions} * problem_.copies, "a size that is possible has an assignment");
    graph_.ban(kSource);
    graph_.ban(kSink);
    balance(graph_, ends_, room_, problem_.capacity_bytes, loads());
    std::vector<std::vector<uint32_t>> out(problem_.partitions);
    for (uint32_t partition = 0; partition < problem_.partitions; ++partition) out[partition] = nodes_of(partition);
    return out;
  }

 private:
  static constexpr Vertex kSource = 0, kSink = 1, kTaker = 2, kGiver = 3, kFirst = 4;

  size_t vertex_count() const { return kFirst + nodes_ + size_t{problem_.partitions} * (2 + problem_.zones); }
  Vertex node_vertex(uint32_t node) const { return kFirst + node; }
  Vertex spread_vertex(uint32_t partition) const { return kFirst + nodes_ + partition * (2 + problem_.zones); }
  Vertex free_vertex(uint32_t partition) const { return spread_vertex(partition) + 1; }
  Vertex zone_vertex(uint32_t partition, uint32_t zone) const { return spread_vertex(partition) + 2 + zone; }

  void add_arcs() {
    std::vector<std::vector<uint32_t>> nodes_of_zone(problem_.zones);
    for (uint32_t node = 0; node < nodes_; ++node) nodes_of_zone[problem_.zone_of[node]].push_back(node);
    const auto free_copies = static_cast<int32_t>(problem_.copies - problem_.zones_min);
    uint64_t state = 1;
    copies_.resize(problem_.partitions);
    std::vector<char> held(nodes_, 0);
    for (uint32_t partition = 0; partition < problem_.partitions; ++partition) {
      for (const uint32_t node : problem_.held[partition]) held[node] = 1;
      graph_.add_arc(kSource, spread_vertex(partition), static_cast<int32_t>(problem_.zones_min), 0);
      if (free_copies > 0) graph_.add_arc(kSource, free_vertex(partition), free_copies, 0);
      for (uint32_t zone = 0; zone < problem_.zones; ++zone) {
        graph_.add_arc(spread_vertex(partition), zone_vertex(partition, zone), 1, 0);
        if (free_copies > 0) graph_.add_arc(free_vertex(partition), zone_vertex(partition, zone), free_copies, 0);
        for (const uint32_t node : draw_order(nodes_of_zone[zone], room_, state)) {
          const auto arc = graph_.add_arc(zone_vertex(partition, zone), node_vertex(node), 1, held[node] ? -1 : 0);
          copies_[partition].push_back({arc, node});
        }
      }
      for (const uint32_t node : problem_.held[partition]) held[node] = 0;
    }
    ends_.taker = kTaker;
    ends_.giver = kGiver;
    for (uint32_t node = 0; node < nodes_; ++node) {
      graph_.add_arc(node_vertex(node), kSink, static_cast<int32_t>(room_[node]), 0);
      ends_.vertex.push_back(node_vertex(node));
      ends_.take.push_back(graph_.add_arc(kTaker, node_vertex(node), 0, 0));
      ends_.give.push_back(graph_.add_arc(node_vertex(node), kGiver, 0, 0));
    }
    graph_.seal();
  }

  std::vector<uint32_t> loads() const {
    std::vector<uint32_t> out(nodes_, 0);
    for (const auto& copies : copies_) {
      for (const Copy& copy : copies) out[copy.node] += static_cast<uint32_t>(graph_.flow_on(copy.arc));
    }
    return out;
  }

  // Those that held it before, in their order, then the new ones: from another of them for each partition, so that no
  // node comes first everywhere.
  std::vector<uint32_t> nodes_of(uint32_t partition) const {
    std::vector<uint32_t> holders;
    for (const Copy& copy : copies_[partition]) {
      if (graph_.flow_on(copy.arc) > 0) holders.push_back(copy.node);
    }
    std::vector<uint32_t> out;
    for (const uint32_t node : problem_.held[partition]) {
      if (std::erase(holders, node) > 0) out.push_back(node);
    }
    std::ranges::sort(holders);
    if (!holders.empty()) {
      std::ranges::rotate(holders, holders.begin() + static_cast<std::ptrdiff_t>(partition % holders.size()));
    }
    out.insert(out.end(), holders.begin(), holders.end());
    return out;
  }

  struct Copy {
    FlowGraph::Arc arc;
    uint32_t node;
  };

  const Problem& problem_;
  const uint32_t nodes_;
  FlowGraph graph_;
  std::vector<uint32_t> room_;
  std::vector<std::vector<Copy>> copies_;  // of each partition, all that are possible
  BalanceEnds ends_;
};

}  // namespace

std::vector<std::vector<uint32_t>> place_partitions(const Problem& problem, uint64_t partition_bytes) {
  return Placer(problem, partition_bytes).run();
}

}  // namespace garage::layout
