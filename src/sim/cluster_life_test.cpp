// Whole clusters under storms, a few of them; deeper doses: cluster_storm --seeds A..B.
#include "sim/cluster_life.hpp"

#include <gtest/gtest.h>

namespace garage::sim {
namespace {

TEST(ClusterLife, KeepsItsPromises) {
  ClusterCounts counts;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const ClusterLife life = live_cluster(seed, {});
    counts.add(life.counts);
    ASSERT_TRUE(life.good()) << describe(seed, life);
  }
  std::printf("%s\n", to_string(counts).c_str());
  EXPECT_GT(counts.ok * 100, counts.operations * 30);
  EXPECT_GT(counts.kills + counts.power_cuts, 0u);
  EXPECT_GT(counts.partitions, 0u);
  EXPECT_GT(counts.bodies_compared, 0u);
  EXPECT_GT(counts.pages, 0u);
}

TEST(ClusterLife, ASeedIsALife) {
  const ClusterLife once = live_cluster(7, {});
  const ClusterLife again = live_cluster(7, {});
  EXPECT_EQ(once.final_number, again.final_number);
  EXPECT_EQ(describe(7, once), describe(7, again));
}

}  // namespace
}  // namespace garage::sim
