#include "daemon/front_limits.hpp"

#include <gtest/gtest.h>

namespace garage::daemon {
namespace {

TEST(FrontLimits, ConnectionsLeaveFilesForTheRest) {
  for (const uint64_t files : {8192u, 42'000u, 65'536u, 1'000'000u}) {
    for (const size_t servers : {2u, 4u, 8u, 16u}) {
      const FrontLimits limits = front_limits(files, servers);
      EXPECT_LE(limits.connections_max * servers + 4096, files) << files << " " << servers;
      EXPECT_EQ(limits.connections_per_address_max, limits.connections_max / 2);
    }
  }
  EXPECT_EQ(front_limits(42'000, 4).connections_max, 9476u);
  EXPECT_EQ(front_limits(4096, 4).connections_max, 512u);
}

TEST(FrontLimits, NeitherNoneNorTooMany) {
  EXPECT_EQ(front_limits(0, 4).connections_max, 256u);
  EXPECT_EQ(front_limits(1024, 4).connections_max, 256u);
  EXPECT_EQ(front_limits(UINT64_MAX, 1).connections_max, 20'000u);
  EXPECT_EQ(front_limits(UINT64_MAX, 1).connections_per_address_max, 10'000u);
}

}  // namespace
}  // namespace garage::daemon
