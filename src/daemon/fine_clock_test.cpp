#include "daemon/fine_clock.hpp"

#include <gtest/gtest.h>

namespace garage::daemon {
namespace {

struct TwoClocks : runtime::Clock {
  WallTime wall_now() override { return wall; }
  MonotonicTime monotonic_now() override { return monotonic; }
  WallTime wall{1'000'000};
  MonotonicTime monotonic{5s};
};

TEST(FineClock, GoesOnBetweenTheMillisecondsOfTheWall) {
  TwoClocks clocks;
  FineClock fine(clocks);
  EXPECT_EQ(fine.unix_ns(), 1'000'000'000'000u);
  clocks.monotonic = clocks.monotonic + 300ns;
  EXPECT_EQ(fine.unix_ns(), 1'000'000'000'300u);
}

TEST(FineClock, FollowsAClockThatWasSetEitherWay) {
  TwoClocks clocks;
  FineClock fine(clocks);
  clocks.wall.unix_ms += 3'600'000;
  EXPECT_EQ(fine.unix_ns(), 4'600'000'000'000u);
  clocks.wall.unix_ms -= 7'000;
  EXPECT_EQ(fine.unix_ns(), 4'593'000'000'000u);
}

}  // namespace
}  // namespace garage::daemon
