#include "layout/flow_graph.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"

namespace garage::layout {
namespace {

constexpr int32_t kFar = std::numeric_limits<int32_t>::max() / 2;

}  // namespace

FlowGraph::Arc FlowGraph::add_arc(Vertex from, Vertex to, int32_t capacity, int32_t cost) {
  ASSERT(cost >= -1 && cost <= 1, "distances are counted in small buckets");
  const auto arc = static_cast<Arc>(to_.size());
  for (const bool reverse : {false, true}) {
    from_.push_back(reverse ? to : from);
    to_.push_back(reverse ? from : to);
    room_.push_back(reverse ? 0 : capacity);
    cost_.push_back(static_cast<int8_t>(reverse ? -cost : cost));
  }
  return arc;
}

void FlowGraph::seal() {
  begin_.assign(potentials_.size() + 1, 0);
  for (const Vertex vertex : from_) ++begin_[vertex + 1];
  for (size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  arcs_.resize(to_.size());
  auto end = begin_;
  for (Arc arc = 0; arc < to_.size(); ++arc) arcs_[end[from_[arc]]++] = arc;
}

int64_t FlowGraph::saturate(Vertex source, Vertex sink) {
  first_potentials(source);
  int64_t total = 0;
  do {
    while (find_levels(source, sink)) total += push_blocking_flow(source, sink);
  } while (raise_potentials(source, sink));
  return total;
}

int64_t FlowGraph::reroute(Vertex source, Vertex sink) {
  int64_t total = 0;
  while (find_levels(source, sink)) total += push_blocking_flow(source, sink);
  return total;
}

std::vector<char> FlowGraph::reachable(Vertex source) const {
  std::vector<char> seen(potentials_.size(), 0);
  std::vector<Vertex> queue = {source};
  seen[source] = 1;
  for (size_t i = 0; i < queue.size(); ++i) {
    for (uint32_t at = begin_[queue[i]]; at < begin_[queue[i] + 1]; ++at) {
      const Vertex to = to_[arcs_[at]];
      if (seen[to] || !is_open(arcs_[at], queue[i])) continue;
      seen[to] = 1;
      queue.push_back(to);
    }
  }
  return seen;
}

// Distances from the source without any flow, by relaxing until nothing changes: the graph is shallow then.
void FlowGraph::first_potentials(Vertex source) {
  std::ranges::fill(potentials_, kFar);
  potentials_[source] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (Arc arc = 0; arc < to_.size(); ++arc) {
      if (room_[arc] == 0 || potentials_[from_[arc]] == kFar) continue;
      const int32_t through = potentials_[from_[arc]] + cost_[arc];
      if (through < potentials_[to_[arc]]) potentials_[to_[arc]] = through, changed = true;
    }
  }
}

// The layers of a breadth-first search over open arcs, as far as the sink.
bool FlowGraph::find_levels(Vertex source, Vertex sink) {
  level_.assign(potentials_.size(), -1);
  level_[source] = 0;
  std::vector<Vertex> queue = {source};
  for (size_t i = 0; i < queue.size() && level_[sink] < 0; ++i) {
    const Vertex from = queue[i];
    for (uint32_t at = begin_[from]; at < begin_[from + 1]; ++at) {
      const Vertex to = to_[arcs_[at]];
      if (level_[to] >= 0 || !is_open(arcs_[at], from)) continue;
      level_[to] = level_[from] + 1;
      queue.push_back(to);
    }
  }
  return level_[sink] >= 0;
}

// Depth first, layer by layer; an arc that led nowhere is not tried again.
int64_t FlowGraph::push_blocking_flow(Vertex source, Vertex sink) {
  next_arc_.assign(begin_.begin(), begin_.end() - 1);
  int64_t total = 0;
  std::vector<Arc> path;
  Vertex at = source;
  while (true) {
    if (at == sink) {
      int32_t units = kFar;
      for (const Arc arc : path) units = std::min(units, room_[arc]);
      size_t keep = path.size();
      for (size_t i = path.size(); i-- > 0;) {
        room_[path[i]] -= units;
        room_[path[i] ^ 1] += units;
        if (room_[path[i]] == 0) keep = i;
      }
      total += units;
      at = from_[path[keep]];
      path.resize(keep);
      continue;
    }
    uint32_t& next = next_arc_[at];
    for (; next < begin_[at + 1]; ++next) {
      const Arc arc = arcs_[next];
      if (level_[to_[arc]] == level_[at] + 1 && is_open(arc, at)) break;
    }
    if (next < begin_[at + 1]) {
      path.push_back(arcs_[next]);
      at = to_[arcs_[next]];
    } else if (at == source) {
      return total;
    } else {
      at = from_[path.back()];
      path.pop_back();
      ++next_arc_[at];
    }
  }
}

// Cheapest distances over arcs with room, in what arcs cost beyond the difference of potentials. False: the sink cannot
// be reached any more.
bool FlowGraph::raise_potentials(Vertex source, Vertex sink) {
  std::vector<int32_t> distance(potentials_.size(), kFar);
  std::vector<std::vector<Vertex>> buckets = {{source}};
  distance[source] = 0;
  for (size_t near = 0; near < buckets.size() && distance[sink] >= static_cast<int32_t>(near); ++near) {
    for (size_t i = 0; i < buckets[near].size(); ++i) {
      const Vertex from = buckets[near][i];
      if (distance[from] != static_cast<int32_t>(near)) continue;
      for (uint32_t at = begin_[from]; at < begin_[from + 1]; ++at) {
        const Arc arc = arcs_[at];
        const Vertex to = to_[arc];
        if (room_[arc] == 0) continue;
        const int32_t through = distance[from] + cost_[arc] + potentials_[from] - potentials_[to];
        if (through >= distance[to]) continue;
        distance[to] = through;
        if (buckets.size() <= static_cast<size_t>(through)) buckets.resize(static_cast<size_t>(through) + 1);
        buckets[static_cast<size_t>(through)].push_back(to);
      }
    }
  }
  if (distance[sink] == kFar) return false;
  // What no arc led to at first is never reached: room comes back only along paths that were.
  for (size_t i = 0; i < potentials_.size(); ++i) {
    if (potentials_[i] != kFar) potentials_[i] += std::min(distance[i], distance[sink]);
  }
  return true;
}

}  // namespace garage::layout
