#include "env/posix/timer_heap.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

namespace garage::env::posix {
namespace {

MonotonicTime at(int64_t n) {
  return MonotonicTime{Duration(n)};
}

TEST(TimerHeap, TakesInOrderOfTimeThenOfAdding) {
  TimerHeap heap;
  std::vector<int> ran;
  for (int time : {5, 1, 3, 1, 9, 3}) {
    const int label = time * 10 + static_cast<int>(heap.size());
    heap.add(at(time), [&ran, label] { ran.push_back(label); });
  }
  EXPECT_EQ(heap.earliest(), at(1));
  EXPECT_FALSE(heap.take_due(at(0)));
  while (auto job = heap.take_due(at(8))) (*job)();
  EXPECT_EQ(ran, (std::vector{11, 13, 32, 35, 50}));
  EXPECT_EQ(heap.size(), 1u);
}

TEST(TimerHeap, OldIdsLeadNowhere) {
  TimerHeap heap;
  const auto first = heap.add(at(1), [] {});
  EXPECT_NE(first, 0u);
  heap.cancel(first);
  EXPECT_EQ(heap.size(), 0u);
  const auto second = heap.add(at(1), [] {});
  EXPECT_NE(second, first);
  heap.cancel(first);
  heap.cancel(0);
  heap.cancel(~runtime::TimerId{0});
  EXPECT_EQ(heap.size(), 1u);
}

TEST(TimerHeap, CancellingReleasesWhatTheJobHolds) {
  TimerHeap heap;
  auto held = std::make_shared<int>(1);
  const auto timer = heap.add(at(1), [held] {});
  EXPECT_EQ(held.use_count(), 2);
  heap.cancel(timer);
  EXPECT_EQ(held.use_count(), 1);
}

// What dies with a job may cancel another timer, also while the whole heap dies.
struct CancelsOnDeath {
  TimerHeap* heap;
  runtime::TimerId other;
  ~CancelsOnDeath() { heap->cancel(other); }
};
TEST(TimerHeap, JobsMayCancelOthersAsTheyDie) {
  for (bool whole : {false, true}) {
    TimerHeap heap;
    std::vector<runtime::TimerId> timers;
    for (int i = 0; i < 10; ++i) {
      auto owner = std::make_shared<CancelsOnDeath>(&heap, i == 0 ? 0 : timers.back());
      timers.push_back(heap.add(at(i % 3), [owner] {}));
    }
    if (!whole) {
      heap.cancel(timers[5]);
      EXPECT_EQ(heap.size(), 4u);
    }
  }
}

// Against a model that is obviously right.
TEST(TimerHeap, AgreesWithASortedMap) {
  TimerHeap heap;
  std::map<std::pair<int64_t, int>, runtime::TimerId> model;
  uint32_t state = 7;
  auto draw = [&state](uint32_t bound) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % bound;
  };
  int ran = -1;
  for (int step = 0; step < 20'000; ++step) {
    const uint32_t what = draw(10);
    if (what < 5) {
      const int64_t time = draw(1000);
      model[{time, step}] = heap.add(at(time), [&ran, step] { ran = step; });
    } else if (what < 8 && !model.empty()) {
      auto victim = std::next(model.begin(), static_cast<long>(draw(static_cast<uint32_t>(model.size()))));
      heap.cancel(victim->second);
      model.erase(victim);
    } else if (!model.empty()) {
      auto job = heap.take_due(at(1000));
      ASSERT_TRUE(job);
      (*job)();
      ASSERT_EQ(ran, model.begin()->first.second);
      model.erase(model.begin());
    }
    ASSERT_EQ(heap.size(), model.size());
  }
}

}  // namespace
}  // namespace garage::env::posix
