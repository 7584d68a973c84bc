#include "layout/assignment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

namespace garage::layout {
namespace {

NodeId node(unsigned number) {
  NodeId id;
  id.bytes[0] = static_cast<unsigned char>(number >> 8);
  id.bytes[1] = static_cast<unsigned char>(number);
  return id;
}

struct Given {
  uint64_t capacity;
  std::string zone;
};

// Nodes 1, 2, 3... in the order given; capacity 0: a gateway.
std::map<NodeId, Role> cluster(const std::vector<Given>& nodes) {
  std::map<NodeId, Role> out;
  for (unsigned i = 0; i < nodes.size(); ++i) {
    out[node(i + 1)] = {nodes[i].zone, nodes[i].capacity > 0 ? std::optional(nodes[i].capacity) : std::nullopt, {}};
  }
  return out;
}

Wanted wanted(uint32_t replication_factor, std::optional<uint32_t> zones = {}, uint32_t partitions = 256) {
  return {replication_factor, {zones}, partitions};
}

// Everything that must hold of any assignment, but that it is the best.
void expect_sound(const Assignment& assignment, const std::map<NodeId, Role>& roles, const Wanted& asked) {
  ASSERT_EQ(assignment.partition_count(), asked.partition_count);
  ASSERT_EQ(assignment.copies, asked.replication_factor);
  const uint32_t zones_min = effective_zone_redundancy(roles, asked.replication_factor, asked.redundancy);
  std::map<NodeId, uint32_t> counted;
  for (uint32_t partition = 0; partition < asked.partition_count; ++partition) {
    const auto holders = assignment.replicas_of(partition);
    std::set<NodeId> different(holders.begin(), holders.end());
    std::set<std::string> zones;
    for (const NodeId& holder : holders) {
      ASSERT_TRUE(roles.at(holder).capacity_bytes);
      zones.insert(roles.at(holder).zone);
      ++counted[holder];
    }
    ASSERT_EQ(different.size(), asked.replication_factor) << partition;
    ASSERT_GE(zones.size(), zones_min) << partition;
  }
  for (const auto& [id, copies] : assignment.partitions) {
    ASSERT_EQ(copies, counted[id]);
    ASSERT_LE(copies * assignment.partition_bytes, *roles.at(id).capacity_bytes);
  }
}

Assignment assign(const std::vector<Given>& nodes, const Wanted& asked, const Assignment& previous = {}) {
  const auto roles = cluster(nodes);
  auto out = assign_partitions(roles, asked, previous);
  EXPECT_TRUE(out) << out.error().message;
  if (!out) return {};
  expect_sound(*out, roles, asked);
  return *out;
}

// Vectors of the reference: partition sizes and numbers of moved copies are unique optima, with 256 partitions.
TEST(Assignment, FirstLayoutsOfTheReference) {
  constexpr uint64_t kM = 1'000'000, kT = 1'000'000'000'000;
  EXPECT_EQ(assign({{4000, "A"}, {1000, "B"}, {2000, "C"}}, wanted(3, 3)).partition_bytes, 3u);
  EXPECT_EQ(assign({{kT, "par"}, {2 * kT, "par"}, {2 * kT, "lon"}, {kT * 3 / 2, "bru"}}, wanted(3, 3)).partition_bytes,
            5'859'375'000u);
  EXPECT_EQ(assign({{3 * kM, "a"}, {kM, "a"}, {2 * kM, "b"}, {2 * kM, "c"}}, wanted(2, 2)).partition_bytes, 15'625u);
  EXPECT_EQ(
      assign({{5 * kM, "a"}, {5 * kM, "a"}, {5 * kM, "b"}, {5 * kM, "b"}, {5 * kM, "c"}, {9 * kM, "c"}}, wanted(5, 3))
          .partition_bytes,
      24'390u);
  EXPECT_EQ(assign({{1'000'000'000, "x"}}, wanted(1, 1)).partition_bytes, 3'906'250u);
  EXPECT_EQ(assign({{1024, "x"}}, wanted(1, 1)).partition_bytes, 4u);
}

TEST(Assignment, ChangesOfTheReference) {
  const auto t1 = assign({{4000, "A"}, {1000, "B"}, {2000, "C"}}, wanted(3, 3));
  const std::vector<Given> nine = {{4000, "A"}, {1000, "B"}, {1000, "C"},  {3000, "C"}, {1000, "C"},
                                   {1000, "B"}, {2000, "G"}, {10000, "H"}, {2000, "I"}};
  const auto t2 = assign(nine, wanted(3, 2), t1);
  EXPECT_EQ(t2.partition_bytes, 29u);
  EXPECT_EQ(copies_to_move(t1, t2), 563u);
  auto changed = nine;
  changed[2].capacity = 2000;
  changed[3].capacity = 7000;
  EXPECT_EQ(assign(changed, wanted(3, 3), t2).partition_bytes, 38u);
  constexpr uint64_t kM = 1'000'000;
  EXPECT_EQ(assign({{4 * kM, "A"},
                    {4 * kM, "B"},
                    {2 * kM, "C"},
                    {7 * kM, "C"},
                    {kM, "C"},
                    {9 * kM, "B"},
                    {2 * kM, "G"},
                    {10'000, "H"},
                    {2 * kM, "I"}},
                   wanted(3, 1), t2)
                .partition_bytes,
            40'000u);
}

TEST(Assignment, MovesOnlyWhatItMust) {
  constexpr uint64_t kG = 1'000'000'000;
  const auto three = assign({{kG, "dc1"}, {kG, "dc2"}, {kG, "dc3"}}, wanted(3, 3));
  EXPECT_EQ(three.partition_bytes, 3'906'250u);
  const auto fourth = assign({{kG, "dc1"}, {kG, "dc2"}, {kG, "dc3"}, {kG, "dc1"}}, wanted(3, 3), three);
  EXPECT_EQ(fourth.partition_bytes, 3'906'250u);
  EXPECT_EQ(copies_to_move(three, fourth), 0u);
  EXPECT_EQ(fourth.partitions.at(node(4)), 0u);
  const auto halves = assign({{kG / 2, "dc1"}, {kG, "dc2"}, {kG, "dc3"}, {kG / 2, "dc1"}}, wanted(3, 3), fourth);
  EXPECT_EQ(copies_to_move(fourth, halves), 128u);
  EXPECT_EQ(halves.partitions.at(node(4)), 128u);
  const auto moved = assign({{kG, "dc1"}, {kG, "dc2"}, {kG, "dc3"}, {kG, "dc3"}}, wanted(3, 3), halves);
  EXPECT_EQ(copies_to_move(halves, moved), 128u);
}

TEST(Assignment, GatewaysHoldNothingAndAskForNoZone) {
  const auto out = assign({{4096, "a"}, {4096, "a"}, {0, "b"}}, wanted(2));
  EXPECT_EQ(out.partition_bytes, 16u);
  EXPECT_FALSE(out.partitions.contains(node(3)));
}

TEST(Assignment, SaysWhyItIsImpossible) {
  const auto why = [](const std::vector<Given>& nodes, const Wanted& asked) {
    const auto out = assign_partitions(cluster(nodes), asked);
    return out ? "possible" : out.error().message;
  };
  using testing::HasSubstr;
  EXPECT_THAT(why({}, wanted(1)), HasSubstr("with positive capacity (0) is smaller than the replication factor (1)"));
  EXPECT_THAT(why({{0, "a"}}, wanted(1)), HasSubstr("positive capacity (0)"));
  EXPECT_THAT(why({{5000, "a"}, {5000, "b"}}, wanted(3)), HasSubstr("capacity (2) is smaller"));
  EXPECT_THAT(
      why({{5000, "a"}, {5000, "a"}}, wanted(2, 2)),
      HasSubstr("storage nodes (1) is smaller than the zone redundancy (2): assign nodes in more zones, or lower it "
                "(`garage layout config -r 1`)"));
  EXPECT_THAT(why({{5000, "a"}, {5000, "b"}, {0, "c"}}, wanted(2, 3)), HasSubstr("larger than the replication factor"));
  EXPECT_THAT(why({{100, "a"}, {100, "b"}, {100, "c"}}, wanted(3, 3)),
              HasSubstr("capacity of the cluster is too small"));
  EXPECT_THAT(why({{5000, "a"}}, wanted(8)), HasSubstr("between 1 and 7"));
}

// Small numbers from a seed, the same everywhere.
class Draws {
 public:
  explicit Draws(uint64_t seed) : state_(seed * 2654435761u + 1) {}
  uint64_t below(uint64_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }

 private:
  uint64_t state_;
};

std::vector<Given> some_nodes(Draws& draws, size_t count, size_t zones) {
  std::vector<Given> out;
  for (size_t i = 0; i < count; ++i)
    out.push_back({1024 + draws.below(9000), std::string(1, static_cast<char>('a' + draws.below(zones)))});
  return out;
}

// The best there is, by trying everything: partitions one after another, each on every legal set of nodes.
struct Best {
  uint64_t partition_bytes = 0;
  uint64_t moved = UINT64_MAX;
};

Best try_everything(const std::vector<Given>& nodes, const Wanted& asked, const Assignment& previous) {
  const auto roles = cluster(nodes);
  const uint32_t zones_min = effective_zone_redundancy(roles, asked.replication_factor, asked.redundancy);
  std::vector<uint32_t> legal;  // sets of nodes as bits
  for (uint32_t set = 0; set < (1u << nodes.size()); ++set) {
    std::set<std::string> zones;
    uint32_t size = 0;
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (set >> i & 1) zones.insert(nodes[i].zone), ++size;
    }
    if (size == asked.replication_factor && zones.size() >= zones_min) legal.push_back(set);
  }
  // Reachable loads, with the fewest copies moved to get there.
  std::map<std::vector<uint32_t>, uint64_t> states = {{std::vector<uint32_t>(nodes.size(), 0), 0}};
  for (uint32_t partition = 0; partition < asked.partition_count; ++partition) {
    std::map<std::vector<uint32_t>, uint64_t> next;
    for (const auto& [loads, moved] : states) {
      for (const uint32_t set : legal) {
        auto sum = loads;
        uint64_t cost = moved;
        for (unsigned i = 0; i < nodes.size(); ++i) {
          if (!(set >> i & 1)) continue;
          ++sum[i];
          if (!previous.holds(partition, node(i + 1))) ++cost;
        }
        const auto at = next.try_emplace(sum, cost).first;
        at->second = std::min(at->second, cost);
      }
    }
    states = std::move(next);
  }
  Best best;
  for (const auto& [loads, moved] : states) {
    uint64_t bytes = UINT64_MAX;
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (loads[i] > 0) bytes = std::min(bytes, nodes[i].capacity / loads[i]);
    }
    if (bytes > best.partition_bytes) best = {bytes, moved};
  }
  // All loads that allow the best size count for the moves.
  for (const auto& [loads, moved] : states) {
    bool fits = true;
    for (size_t i = 0; i < nodes.size(); ++i) fits &= loads[i] * best.partition_bytes <= nodes[i].capacity;
    if (fits) best.moved = std::min(best.moved, moved);
  }
  return best;
}

TEST(Assignment, IsAsGoodAsTryingEverything) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Draws draws(seed);
    const auto replication_factor = static_cast<uint32_t>(1 + draws.below(3));
    const size_t count = replication_factor + draws.below(3);
    auto nodes = some_nodes(draws, count, 3);
    const Wanted asked = wanted(replication_factor, {}, 6);
    const auto before = assign(nodes, asked);
    for (Given& given : nodes) {
      if (draws.below(2) == 0) given.capacity = 1024 + draws.below(9000);
    }
    if (nodes.size() < 5) nodes.push_back({1024 + draws.below(9000), "b"});
    const auto after = assign(nodes, asked, before);
    const Best best = try_everything(nodes, asked, before);
    EXPECT_EQ(after.partition_bytes, best.partition_bytes) << seed;
    EXPECT_EQ(copies_to_move(before, after), best.moved) << seed;
  }
}

// Fractions of partitions on nodes: no assignment can use more.
double fractional_optimum(const std::vector<Given>& nodes, const Wanted& asked, uint32_t zones_min) {
  double possible = 0, impossible = 1e18;
  for (int i = 0; i < 200; ++i) {
    const double bytes = (possible + impossible) / 2;
    std::map<std::string, double> zones;
    for (const Given& given : nodes)
      zones[given.zone] += std::min(static_cast<double>(given.capacity) / bytes, double{1} * asked.partition_count);
    double copies = 0, different = 0;
    for (const auto& [zone, room] : zones)
      copies += room, different += std::min(room, double{1} * asked.partition_count);
    const bool fits = copies >= asked.partition_count * double{1} * asked.replication_factor &&
                      different >= asked.partition_count * double{1} * zones_min;
    (fits ? possible : impossible) = bytes;
  }
  return possible;
}

TEST(Assignment, LittleIsLostOnManyUnevenNodes) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    Draws draws(seed);
    std::vector<Given> nodes;
    for (int i = 0; i < 100; ++i)
      nodes.push_back(
          {1'000'000'000'000 * (1 + draws.below(12)), std::string(1, static_cast<char>('a' + draws.below(5)))});
    const Wanted asked = wanted(3, 3, 2048);
    const auto out = assign(nodes, asked);
    EXPECT_GE(static_cast<double>(out.partition_bytes), 0.97 * fractional_optimum(nodes, asked, 3)) << seed;
  }
}

TEST(Assignment, NodesOfAZoneAreFilledAlike) {
  // Zone a has far more than it needs: what it has to hold is spread over its nodes by their capacity.
  const auto out =
      assign({{9'000'000, "a"}, {3'000'000, "a"}, {6'000'000, "a"}, {1'000'000, "b"}, {1'000'000, "c"}}, wanted(3, 3));
  EXPECT_NEAR(out.partitions.at(node(1)), 128, 1);
  EXPECT_NEAR(out.partitions.at(node(2)), 43, 1);
  EXPECT_NEAR(out.partitions.at(node(3)), 85, 1);
}

TEST(Assignment, PartnersAreManyAndNobodyIsAlwaysFirst) {
  std::vector<Given> nodes;
  for (int i = 0; i < 12; ++i) nodes.push_back({1'000'000'000, std::string(1, static_cast<char>('a' + i % 3))});
  const auto out = assign(nodes, wanted(3, {}, 2048));
  std::map<NodeId, std::set<NodeId>> partners;
  std::map<NodeId, int> first;
  for (uint32_t partition = 0; partition < 2048; ++partition) {
    const auto holders = out.replicas_of(partition);
    ++first[holders.front()];
    for (const NodeId& a : holders) {
      for (const NodeId& b : holders) partners[a].insert(b);
    }
  }
  for (const auto& [id, met] : partners) EXPECT_EQ(met.size(), 1 + 8u);
  for (const auto& [id, times] : first) EXPECT_GT(times, 80);
}

TEST(Assignment, AnyReplicationFactorAndRedundancy) {
  for (uint64_t seed = 0; seed < 80; ++seed) {
    Draws draws(seed + 1000);
    const auto replication_factor = static_cast<uint32_t>(1 + draws.below(kReplicationFactorMax));
    const auto nodes = some_nodes(draws, replication_factor + draws.below(12), 1 + draws.below(6));
    std::set<std::string> zones;
    for (const Given& given : nodes) zones.insert(given.zone);
    const auto zones_max = std::min<uint64_t>(replication_factor, zones.size());
    const std::optional<uint32_t> at_least =
        draws.below(2) == 0 ? std::nullopt : std::optional(static_cast<uint32_t>(1 + draws.below(zones_max)));
    const Wanted asked = wanted(replication_factor, at_least, 64);
    const auto before = assign(nodes, asked);
    auto changed = nodes;
    changed[draws.below(changed.size())].capacity = 1024 + draws.below(9000);
    const auto after = assign(changed, asked, before);
    // What moves, moves because of room: with the same capacities everything stays.
    EXPECT_EQ(copies_to_move(after, assign(changed, asked, after)), 0u) << seed;
  }
}

TEST(Assignment, DependsOnItsArgumentsOnly) {
  Draws draws(7);
  const auto nodes = some_nodes(draws, 20, 4);
  const auto once = assign(nodes, wanted(3, 2)), again = assign(nodes, wanted(3, 2));
  EXPECT_EQ(once, again);
  EXPECT_EQ(assign(nodes, wanted(3, 2), once).partitions, once.partitions);
  EXPECT_EQ(copies_to_move(once, assign(nodes, wanted(3, 2), once)), 0u);
}

TEST(Assignment, KeepsTheOrderOfThoseThatStay) {
  const auto before = assign({{9000, "a"}, {9000, "b"}, {9000, "c"}}, wanted(3));
  const auto after = assign({{9000, "a"}, {9000, "b"}, {9000, "c"}, {9000, "d"}}, wanted(3), before);
  for (uint32_t partition = 0; partition < 256; ++partition) {
    auto stay = before.replicas_of(partition);
    std::erase_if(stay, [&](const NodeId& id) { return !after.holds(partition, id); });
    auto now = after.replicas_of(partition);
    now.resize(stay.size());
    EXPECT_EQ(now, stay);
  }
}

}  // namespace
}  // namespace garage::layout
