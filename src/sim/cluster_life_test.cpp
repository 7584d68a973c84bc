// Whole clusters under storms, a few of them; deeper doses, and all that is checked in the end: cluster_storm --seeds
// A..B.
#include "sim/cluster_life.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string_view>

namespace garage::sim {
namespace {

TEST(ClusterLife, KeepsItsPromises) {
  ClusterScenario scenario;
  scenario.rows_only = true;
  ClusterCounts counts;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const ClusterLife life = live_cluster(seed, scenario);
    counts.add(life.counts);
    ASSERT_TRUE(life.good()) << describe(seed, life);
  }
  std::printf("%s\n", to_string(counts).c_str());
  // A test of nothing passes as well.
  EXPECT_GT(counts.ok * 100, counts.operations * 30);
  EXPECT_GT(counts.condition_false, 0u);
  EXPECT_GT(counts.kills + counts.power_cuts, 0u);
  EXPECT_GT(counts.partitions, 0u);
  EXPECT_GT(counts.bodies_compared, 0u);
  EXPECT_GT(counts.pages, 0u);
}

TEST(ClusterLife, ASeedIsALife) {
  const ClusterLife once = live_cluster(1, {});
  const ClusterLife again = live_cluster(1, {});
  EXPECT_EQ(once.final_number, again.final_number);
  EXPECT_EQ(describe(1, once), describe(1, again));
  EXPECT_NE(once.final_number, live_cluster(2, {}).final_number);
}

// Who watches the checks: each bug must be noticed within these lives, which pass without it.
struct PlantedBug {
  std::string_view name;
  uint64_t first_seed, last_seed;
};
class EveryClusterBug : public testing::TestWithParam<PlantedBug> {};

TEST_P(EveryClusterBug, IsCaught) {
  ClusterScenario scenario;
  scenario.rows_only = true;
  ASSERT_TRUE(plant_bug(GetParam().name, scenario));
  for (uint64_t seed = GetParam().first_seed; seed <= GetParam().last_seed; ++seed) {
    if (!live_cluster(seed, scenario).good()) return;
  }
  FAIL() << GetParam().name << ": nobody noticed";
}

INSTANTIATE_TEST_SUITE_P(Cluster, EveryClusterBug,
                         testing::Values(PlantedBug{"conditions", 1, 8}, PlantedBug{"right-bytes", 1, 8},
                                         PlantedBug{"quorum-reads", 1, 8}, PlantedBug{"full-round", 1, 40},
                                         PlantedBug{"sync-before-answer", 41, 120}));

}  // namespace
}  // namespace garage::sim
