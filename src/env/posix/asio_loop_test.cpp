#include "env/posix/asio_loop.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "env/posix/loop_threads.hpp"

namespace garage::env::posix {
namespace {

// Runs `body` on a loop of this thread; the body or what it starts calls stop().
template <class Body>
void with_loop(Body body) {
  auto loop = AsioLoop::create();
  ASSERT_TRUE(loop);
  (*loop)->post([&] { body(**loop); });
  (*loop)->run();
}

TEST(AsioLoop, RunsJobsInOrderAndKnowsItself) {
  std::vector<int> ran;
  with_loop([&](AsioLoop& loop) {
    EXPECT_EQ(runtime::Loop::current(), &loop);
    for (int i = 0; i < 1000; ++i) loop.post([&ran, i] { ran.push_back(i); });
    loop.post([&] { loop.stop(); });
    EXPECT_TRUE(ran.empty());
  });
  EXPECT_EQ(runtime::Loop::current(), nullptr);
  ASSERT_EQ(ran.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(AsioLoop, TheLastJobRunsAfterAllThatIsReady) {
  std::vector<int> ran;
  with_loop([&](AsioLoop& loop) {
    // As a socket that was found ready together with the one whose job this is.
    boost::asio::post(loop.context(), [&] {
      loop.post([&] { ran.push_back(3); });
      loop.finish_event();
    });
    loop.post_last([&] { ran.push_back(4); });
    loop.post_last([&] {
      ran.push_back(5);
      loop.stop();
    });
    loop.post([&] {
      ran.push_back(1);
      loop.post([&] { ran.push_back(2); });
    });
  });
  EXPECT_EQ(ran, (std::vector{1, 2, 3, 4, 5}));
}

TEST(AsioLoop, TimersRunInOrderAndNotEarly) {
  std::vector<int> ran;
  with_loop([&](AsioLoop& loop) {
    const MonotonicTime start = loop.now();
    for (int ms : {3, 1, 2, 0, -1}) {
      loop.call_after(ms * 1ms, [&ran, &loop, start, ms] {
        ran.push_back(ms);
        EXPECT_GE(loop.now() - start, ms * 1ms);
        if (ms == 3) loop.call_after(0ms, [&loop] { loop.stop(); });
      });
    }
  });
  EXPECT_EQ(ran, (std::vector{-1, 0, 1, 2, 3}));
}

TEST(AsioLoop, CancelledTimersDoNotRun) {
  std::vector<int> ran;
  with_loop([&](AsioLoop& loop) {
    const auto earliest = loop.call_after(1us, [&] { ran.push_back(1); });
    const auto middle = loop.call_after(500us, [&] { ran.push_back(2); });
    loop.call_after(Duration::max(), [&] { ran.push_back(3); });
    loop.call_after(1ms, [&] {
      ran.push_back(4);
      loop.stop();
    });
    loop.cancel(earliest);
    loop.cancel(middle);
  });
  EXPECT_EQ(ran, std::vector{4});
}

// A job that always posts another one must not keep timers (nor, by the same path, sockets) from their turn.
void post_for_ever(AsioLoop& loop) {
  loop.post([&loop] { post_for_ever(loop); });
}
TEST(AsioLoop, BusyJobsLeaveRoomForTimersAndOtherThreads) {
  bool other_thread_ran = false;
  std::thread other;
  with_loop([&](AsioLoop& loop) {
    post_for_ever(loop);
    other = std::thread([&] {
      loop.post([&] {
        other_thread_ran = true;
        loop.call_after(1ms, [&] { loop.stop(); });
      });
    });
  });
  other.join();
  EXPECT_TRUE(other_thread_ran);
}

TEST(AsioLoop, JobsLeftBehindAreReleased) {
  auto held = std::make_shared<int>(0);
  with_loop([&](AsioLoop& loop) {
    loop.call_after(1h, [held] {});
    loop.post([&loop, held] { loop.stop(); });
    loop.post([held] { ADD_FAILURE() << "stopped before this one"; });
  });
  EXPECT_EQ(held.use_count(), 1);
}

TEST(LoopThreads, PostStormFromManyThreadsKeepsEachThreadsOrder) {
  constexpr size_t kPosters = 4, kEach = 20'000;
  auto group = LoopThreads::create(2);
  ASSERT_TRUE(group);
  ASSERT_TRUE((*group)->start());
  // Seen only by the loop they belong to.
  std::array<std::array<size_t, kPosters>, 2> next{};
  std::latch all(2 * kPosters * kEach);
  std::vector<std::thread> posters;
  for (size_t poster = 0; poster < kPosters; ++poster) {
    posters.emplace_back([&, poster] {
      for (size_t i = 0; i < kEach; ++i) {
        for (size_t loop = 0; loop < 2; ++loop) {
          (*group)->at(loop).post([&, poster, loop, i] {
            EXPECT_EQ(next[loop][poster]++, i);
            all.count_down();
          });
        }
      }
    });
  }
  for (auto& poster : posters) poster.join();
  all.wait();
  (*group)->stop();
  (*group)->join();
  (*group)->at(0).post([] { ADD_FAILURE() << "the loop has ended"; });
}

// Two loops throw a ball at each other: every throw must wake the other side.
void throw_ball(AsioLoop& from, AsioLoop& to, int left, std::latch& done) {
  if (left == 0) {
    done.count_down();
    return;
  }
  to.post([&from, &to, left, &done] { throw_ball(to, from, left - 1, done); });
}
TEST(LoopThreads, LoopsWakeEachOther) {
  auto group = LoopThreads::create(2);
  ASSERT_TRUE(group);
  std::latch done(1);
  throw_ball((*group)->at(0), (*group)->at(1), 5'000, done);
  ASSERT_TRUE((*group)->start());
  done.wait();
}

}  // namespace
}  // namespace garage::env::posix
