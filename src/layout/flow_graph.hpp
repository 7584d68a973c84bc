// A directed graph through which units flow from a source to a sink, as many as possible at the least cost. Integers
// only, and the same arcs in the same order give the same flow on every machine. Private to this module.
//
// The method is primal-dual: blocking flows (Dinic) on the arcs that lie on cheapest paths, then new potentials by a
// breadth-first search in buckets. It is fast here because costs are small: a handful of rounds, each linear in the
// arcs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace garage::layout {

class FlowGraph {
 public:
  using Vertex = uint32_t;
  using Arc = uint32_t;

  explicit FlowGraph(size_t vertices) : potentials_(vertices, 0), banned_(vertices, 0) {}

  // `capacity` units may go from one vertex to another, each at `cost`.
  Arc add_arc(Vertex from, Vertex to, int32_t capacity, int32_t cost);
  // Once, after the last add_arc. The graph without flow must have no cycle of negative cost.
  void seal();

  // A maximal flow of least cost; returns its size.
  int64_t saturate(Vertex source, Vertex sink);

  // After saturate(): moves units from `source` to `sink` along paths that leave the cost of the flow as it is.
  // Vertices banned are not entered.
  int64_t reroute(Vertex source, Vertex sink);
  // Which vertices can be reached along such paths.
  std::vector<char> reachable(Vertex source) const;

  void ban(Vertex vertex) { banned_[vertex] = 1; }
  int32_t potential(Vertex vertex) const { return potentials_[vertex]; }
  void set_potential(Vertex vertex, int32_t value) { potentials_[vertex] = value; }
  int32_t flow_on(Arc arc) const { return room_[arc ^ 1]; }
  // For arcs beside the flow proper, those of reroute().
  void reset_arc(Arc arc, int32_t capacity) { room_[arc] = capacity, room_[arc ^ 1] = 0; }

 private:
  bool is_open(Arc arc, Vertex from) const {
    return room_[arc] > 0 && cost_[arc] + potentials_[from] == potentials_[to_[arc]] && !banned_[to_[arc]];
  }
  bool find_levels(Vertex source, Vertex sink);
  int64_t push_blocking_flow(Vertex source, Vertex sink);
  bool raise_potentials(Vertex source, Vertex sink);
  void first_potentials(Vertex source);

  // An arc and its reverse are neighbours: n and n^1.
  std::vector<Vertex> from_, to_;
  std::vector<int32_t> room_;  // units that may still go along it
  std::vector<int8_t> cost_;
  std::vector<uint32_t> begin_;  // of each vertex's arcs in arcs_, and an end
  std::vector<Arc> arcs_;

  // An arc of a flow of least cost never costs less than its ends' potentials differ.
  std::vector<int32_t> potentials_;
  std::vector<char> banned_;
  std::vector<int32_t> level_;
  std::vector<uint32_t> next_arc_;
};

}  // namespace garage::layout
