// How long assignments take and how good they are, on clusters of uneven nodes: layout_bench [nodes [zones]] (three
// zones or more)
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "layout/assignment.hpp"

namespace {

using namespace garage;

constexpr uint64_t kTera = 1'000'000'000'000;

uint64_t draw(uint64_t& state, uint64_t bound) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 33) % bound;
}

NodeId node(uint64_t number) {
  NodeId id;
  id.bytes[0] = static_cast<unsigned char>(number >> 8);
  id.bytes[1] = static_cast<unsigned char>(number);
  return id;
}

layout::Role some_role(uint64_t& state, uint64_t zones) {
  return {fmt::format("z{}", draw(state, zones)), kTera * (1 + draw(state, 15)), {}};
}

/// Whether no assignment with partitions of this size moves fewer copies. It is a flow of integers, so it is a cheapest
/// one if no cycle of exchanges makes it cheaper (Klein's criterion): of copies that go from a node to another one,
/// each in the same zone or into one that has no copy of that partition, ending where they began or at a node that has
/// room. For as many zones as there are copies, or more.
bool moves_least(const std::map<NodeId, layout::Role>& roles, const layout::Assignment& before,
                 const layout::Assignment& after) {
  const size_t count = after.nodes.size(), spare = count;
  constexpr int kNever = 1'000'000;
  std::vector<std::vector<int>> cost(count + 1, std::vector<int>(count + 1, kNever));
  for (size_t to = 0; to < count; ++to) {
    const NodeId& id = after.nodes[to];
    cost[spare][to] = after.partitions.at(id) > 0 ? 0 : kNever;
    if ((after.partitions.at(id) + 1) * after.partition_bytes <= *roles.at(id).capacity_bytes) cost[to][spare] = 0;
  }
  for (uint32_t partition = 0; partition < after.partition_count(); ++partition) {
    std::set<std::string> zones;
    for (const NodeId& id : after.replicas_of(partition)) zones.insert(roles.at(id).zone);
    for (const NodeId& from : after.replicas_of(partition)) {
      auto& row = cost[static_cast<size_t>(std::ranges::lower_bound(after.nodes, from) - after.nodes.begin())];
      for (size_t to = 0; to < count; ++to) {
        const NodeId& id = after.nodes[to];
        const std::string& zone = roles.at(id).zone;
        if (after.holds(partition, id) || (zone != roles.at(from).zone && zones.contains(zone))) continue;
        row[to] = std::min(row[to], (before.holds(partition, id) ? 0 : 1) - (before.holds(partition, from) ? 0 : 1));
      }
    }
  }
  for (size_t by = 0; by <= count; ++by) {
    for (size_t from = 0; from <= count; ++from) {
      for (size_t to = 0; to <= count; ++to) cost[from][to] = std::min(cost[from][to], cost[from][by] + cost[by][to]);
    }
  }
  for (size_t node = 0; node <= count; ++node) {
    if (cost[node][node] < 0) return false;
  }
  return true;
}

layout::Assignment measure(const char* what, const std::map<NodeId, layout::Role>& roles,
                           const layout::Assignment& before) {
  const auto start = std::chrono::steady_clock::now();
  auto after = layout::assign_partitions(roles, {.replication_factor = 3, .redundancy = {}}, before);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!after) {
    fmt::print("{}: {}\n", what, after.error().message);
    std::exit(1);
  }
  double capacity = 0;
  for (const auto& [id, role] : roles) capacity += static_cast<double>(*role.capacity_bytes);
  const double usable = static_cast<double>(after->partition_bytes) * 3 * after->partition_count();
  fmt::print("{:<28} {:6.3f} s   usable {:5.1f} %   moved {}, {}\n", what, took.count(), 100 * usable / capacity,
             layout::copies_to_move(before, *after),
             moves_least(roles, before, *after) ? "the least" : "not the least");
  return std::move(*after);
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t nodes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
  const uint64_t zones = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 5;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    uint64_t state = seed;
    std::map<NodeId, layout::Role> roles;
    for (uint64_t i = 0; i < nodes; ++i) roles[node(i)] = some_role(state, zones);
    const auto first = measure("first", roles, {});
    roles[node(nodes)] = some_role(state, zones);
    const auto one_more = measure("one node more", roles, first);
    roles.erase(node(0));
    const auto one_less = measure("one node less", roles, one_more);
    for (uint64_t i = 1; i < nodes; i += 4) roles[node(i)].capacity_bytes = kTera * (1 + draw(state, 15));
    const auto resized = measure("a quarter changed in size", roles, one_less);
    for (uint64_t i = 1; i < nodes; i += 4) roles[node(i)] = some_role(state, zones);
    measure("a quarter moved", roles, resized);
  }
}
