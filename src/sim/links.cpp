#include "sim/links.hpp"

#include <algorithm>

namespace garage::sim {

void Links::block(NodeIndex from, NodeIndex to) {
  blocked_.emplace(from, to);
}

void Links::unblock(NodeIndex from, NodeIndex to) {
  blocked_.erase({from, to});
  tell_healed();
}

void Links::block_both(NodeIndex a, NodeIndex b) {
  block(a, b);
  block(b, a);
}

void Links::isolate(const std::vector<NodeIndex>& group, NodeIndex node_count) {
  const auto inside = [&group](NodeIndex node) { return std::find(group.begin(), group.end(), node) != group.end(); };
  for (NodeIndex a = 0; a < node_count; ++a) {
    for (NodeIndex b = 0; b < a; ++b) {
      if (inside(a) != inside(b)) block_both(a, b);
    }
  }
}

void Links::heal() {
  blocked_.clear();
  tell_healed();
}

bool Links::open(NodeIndex from, NodeIndex to) const {
  return !blocked_.contains({from, to});
}

void Links::set_extra_delay(NodeIndex a, NodeIndex b, Duration extra) {
  std::erase_if(extra_, [=](const Extra& e) { return (e.a == a && e.b == b) || (e.a == b && e.b == a); });
  if (extra > Duration(0)) extra_.push_back({a, b, extra});
}

Duration Links::delay(NodeIndex from, NodeIndex to) {
  if (from == to) return random_.between(Duration(1us), Duration(20us));
  if (from == kOutside || to == kOutside) return faults_.delay_shortest;
  Duration out = random_.between(faults_.delay_shortest, faults_.delay_longest);
  if (random_.chance(faults_.slow_probability)) out += random_.between(Duration(0), faults_.slow_longest);
  for (const Extra& e : extra_) {
    if ((e.a == from && e.b == to) || (e.a == to && e.b == from)) out += e.delay;
  }
  return out;
}

void Links::tell_healed() {
  for (const auto& callback : healed_) callback();
}

}  // namespace garage::sim
