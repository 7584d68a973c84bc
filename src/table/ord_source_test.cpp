#include "table/ord_source.hpp"

#include <gtest/gtest.h>

#include "table/testing.hpp"

namespace garage::table {
namespace {

using testing::FakeClock;
using testing::FakeRandom;

TEST(OrdSource, FollowsTheClockAndWhatWasSeen) {
  FakeClock clock;
  FakeRandom random(1);
  OrdSource ords(clock, random);
  clock.ms = 1000;
  EXPECT_EQ(ords.next_above({}).hybrid_ms, 1000u);
  EXPECT_EQ(ords.next_above({5000, 3}).hybrid_ms, 5001u);
  const Ord same_instant{1000, UINT64_MAX};
  EXPECT_GT(ords.next_above(same_instant), same_instant);
}

TEST(OrdSource, StandsStillWhereTheClockIsSetBackALittle) {
  FakeClock clock;
  FakeRandom random(4);
  OrdSource ords(clock, random);
  clock.ms = 100'000'000;
  const Ord first = ords.draw();
  clock.ms -= OrdSource::kHeldBackMs;
  EXPECT_GT(ords.draw(), first);
  EXPECT_EQ(ords.draw().hybrid_ms, first.hybrid_ms);
  clock.ms -= 1;  // too far to be waited for
  EXPECT_EQ(ords.draw().hybrid_ms, clock.ms);
  clock.ms += 5;
  EXPECT_EQ(ords.draw().hybrid_ms, clock.ms);
}

TEST(OrdSource, NeverRepeatsATie) {
  FakeClock clock;
  FakeRandom random(2);
  OrdSource ords(clock, random);
  Ord last = ords.draw();
  // More than the counter holds, on a clock that stands still.
  for (int i = 0; i < 200000; ++i) {
    const Ord next = ords.draw();
    ASSERT_GT(next, last);
    last = next;
  }
  // A restart of the same node draws another tag.
  EXPECT_NE(OrdSource(clock, random).draw().tie >> 16, OrdSource(clock, random).draw().tie >> 16);
}

TEST(OrdSource, RefusesTheFarFuture) {
  FakeClock clock;
  FakeRandom random(3);
  OrdSource ords(clock, random);
  clock.ms = 1'000'000;
  const uint64_t limit = clock.ms + OrdSource::kFutureMaxMs;
  EXPECT_TRUE(ords.acceptable({1, 1}));
  EXPECT_TRUE(ords.acceptable({limit, 1}));
  EXPECT_FALSE(ords.acceptable({limit + 1, 1}));
  EXPECT_FALSE(ords.acceptable(Ord::highest()));
  // A row that did get ahead of the clocks stays writable, step by step.
  const Ord held{limit * 10, 1};
  EXPECT_TRUE(OrdSource::acceptable({held.hybrid_ms + 1, 1}, held, clock.ms));
  EXPECT_FALSE(OrdSource::acceptable({held.hybrid_ms + OrdSource::kFutureMaxMs, 1}, held, clock.ms));
}

}  // namespace
}  // namespace garage::table
