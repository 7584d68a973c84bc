#include "cluster/cluster_clock.hpp"

#include <gtest/gtest.h>

namespace garage::cluster {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr uint64_t kNoon = 1'800'000'000'000;

// Shows kNoon when the monotonic clock shows an hour.
class OwnClock final : public runtime::Clock {
 public:
  WallTime wall_now() override { return {static_cast<uint64_t>(static_cast<int64_t>(kNoon) + off_ms + passed_ms)}; }
  MonotonicTime monotonic_now() override { return {1h + std::chrono::milliseconds(passed_ms)}; }
  int64_t off_ms = 0;
  int64_t passed_ms = 0;
};

class ClusterClockTest : public ::testing::Test {
 protected:
  // What was heard of clocks that are off by so much.
  void hear(std::vector<int64_t> off_ms) {
    for (int64_t& one : off_ms)
      one = clock.distance(static_cast<uint64_t>(static_cast<int64_t>(kNoon) + one) +
                           static_cast<uint64_t>(own.passed_ms));
    clock.hear(std::move(off_ms));
  }
  // By how much what is shown is off.
  int64_t shown() {
    return static_cast<int64_t>(clock.wall_now().unix_ms) - static_cast<int64_t>(kNoon) - own.passed_ms;
  }

  OwnClock own;
  ClusterClock clock{own};
};

TEST_F(ClusterClockTest, ANodeAloneFollowsItsOwnClock) {
  EXPECT_FALSE(clock.has_heard());
  own.off_ms = -500 * kMinute;
  EXPECT_EQ(shown(), -500 * kMinute);
  EXPECT_EQ(clock.offset_ms(), 0);
  clock.hear({});
  EXPECT_FALSE(clock.has_heard());
}

TEST_F(ClusterClockTest, AStepOfOneClockIsNotFollowed) {
  hear({0, 20});
  EXPECT_TRUE(clock.has_heard());
  own.off_ms = 53 * kMinute;
  EXPECT_LE(shown(), 20);  // at once, not with the next message
  own.passed_ms = 1000;
  hear({0, 20});
  EXPECT_LE(shown(), 20);
  EXPECT_LE(clock.offset_ms(), -52 * kMinute);
  own.off_ms = 0;
  EXPECT_EQ(shown(), 0);
  hear({53 * kMinute, 0});  // another one's
  EXPECT_EQ(shown(), 0);
}

TEST_F(ClusterClockTest, WhatMostClocksSayIsFollowed) {
  hear({0, 0});
  own.off_ms = 60 * kMinute;
  hear({60 * kMinute, 0});
  EXPECT_EQ(shown(), 60 * kMinute);
  hear({-60 * kMinute, -60 * kMinute});
  EXPECT_EQ(shown(), -60 * kMinute);
}

TEST_F(ClusterClockTest, SmallDifferencesAreItsOwn) {
  hear({0, 0});
  own.off_ms = ClusterClock::kOwnTrustedMs;
  EXPECT_EQ(shown(), ClusterClock::kOwnTrustedMs);
  own.off_ms = ClusterClock::kOwnTrustedMs + 1;
  EXPECT_EQ(shown(), 0);
}

TEST_F(ClusterClockTest, OfTwoTheEarlierAtFirstThenWhatWasAgreed) {
  own.off_ms = 53 * kMinute;
  hear({0});
  EXPECT_EQ(shown(), 0);
  hear({-53 * kMinute});  // now the other one falls behind
  EXPECT_EQ(shown(), 0);
  // What the other half may believe in is accepted, but not drawn.
  EXPECT_EQ(clock.latest_ms(), kNoon + 53 * kMinute);
  own.off_ms = -53 * kMinute;
  hear({-53 * kMinute});
  EXPECT_EQ(shown(), -53 * kMinute);
  EXPECT_EQ(clock.latest_ms(), kNoon - 53 * kMinute);
}

TEST_F(ClusterClockTest, OneOtherClockMakesNoOldSignatureGood) {
  const int64_t year = int64_t{365} * 24 * 60 * kMinute;
  hear({-year});
  EXPECT_EQ(shown(), -year);
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon);
  EXPECT_EQ(clock.ending_now().unix_ms, kNoon);
  hear({-year, -2 * year});  // neither do two that disagree
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon);
  EXPECT_EQ(clock.ending_now().unix_ms, kNoon);
  hear({year});
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon);
}

TEST_F(ClusterClockTest, MostClocksOutvoteItsOwn) {
  own.off_ms = -60 * kMinute;
  hear({0, 20});
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon);
  EXPECT_EQ(clock.ending_now().unix_ms, kNoon);
  own.off_ms = 60 * kMinute;  // at once, not with the next message
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon);
  EXPECT_EQ(clock.ending_now().unix_ms, kNoon);
  hear({0});  // the other one is gone: half of two are not most
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon + 60 * kMinute);
  // What ends does so by the later one: no clock that is behind makes it last longer.
  EXPECT_EQ(clock.ending_now().unix_ms, kNoon + 60 * kMinute);
}

// It hears nobody any more: where its clock goes then, a resumed machine's for one, only itself can tell.
TEST_F(ClusterClockTest, ANodeThatIsLeftAloneFollowsItsOwnClockAgain) {
  hear({0, 20});
  hear({});
  EXPECT_TRUE(clock.has_heard());
  own.off_ms = 60 * kMinute;
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon + 60 * kMinute);
  EXPECT_EQ(clock.ending_now().unix_ms, kNoon + 60 * kMinute);
  EXPECT_EQ(clock.latest_ms(), kNoon + 60 * kMinute);
  EXPECT_EQ(clock.offset_ms(), 0);
  EXPECT_EQ(shown(), 60 * kMinute);
  own.off_ms = -60 * kMinute;
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon - 60 * kMinute);
  EXPECT_EQ(shown(), -60 * kMinute);
  hear({0});  // and then again as at the first time
  EXPECT_EQ(shown(), -60 * kMinute);
  hear({0, 0});
  EXPECT_EQ(shown(), 0);
}

TEST_F(ClusterClockTest, ANodeAloneJudgesByItsOwn) {
  own.off_ms = -60 * kMinute;
  EXPECT_EQ(clock.signing_now().unix_ms, kNoon - 60 * kMinute);
  EXPECT_EQ(clock.ending_now().unix_ms, kNoon - 60 * kMinute);
}

}  // namespace
}  // namespace garage::cluster
