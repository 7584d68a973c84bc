#include "env/posix/posix_env.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <set>

#include "env/posix/test_world.hpp"
#include "runtime/sleep.hpp"

namespace garage::env::posix {
namespace {

Task<void> round_trips(runtime::Pool& pool, int count, int& sum) {
  auto* home = runtime::Loop::current();
  for (int i = 0; i < count; ++i) {
    auto value = co_await runtime::run_on(pool, [i] {
      EXPECT_EQ(runtime::Loop::current(), nullptr);
      return Result<int>(i);
    });
    EXPECT_EQ(runtime::Loop::current(), home);
    sum += value ? *value : 0;
  }
}

TEST(PosixWorld, PoolsAnswerToTheLoopThatAsked) {
  TestWorld world({.loops = 2, .disk_threads = 3, .compute_threads = 2});
  std::array<int, 2> sums{};
  world.run(round_trips(world->env().pools.disk, 2000, sums[0]), 0);
  world.run(round_trips(world->env().pools.compute, 2000, sums[1]), 1);
  EXPECT_EQ(sums, (std::array{1999000, 1999000}));
}

Task<void> many_round_trips_at_once(runtime::Pool& pool, int& sum) {
  runtime::TaskGroup group;
  for (int i = 0; i < 50; ++i) group.spawn(round_trips(pool, 40, sum));
  co_await group.join();
}
TEST(PosixWorld, ManyFuturesCrossAtOnce) {
  TestWorld world;
  int sum = 0;
  world.run(many_round_trips_at_once(world->env().pools.disk, sum));
  EXPECT_EQ(sum, 50 * 780);
}

TEST(PosixWorld, RunReturnsAfterStop) {
  auto world = PosixWorld::create({.loops = 2});
  ASSERT_TRUE(world);
  EXPECT_EQ((*world)->env().loops.size(), 2u);
  (*world)->loop(1).post([&] { (*world)->stop(); });
  EXPECT_TRUE((*world)->run());
}

TEST(PosixWorld, StopsWithWorkInThePools) {
  auto world = PosixWorld::create({.loops = 1, .disk_threads = 1});
  ASSERT_TRUE(world);
  std::atomic<int> ran = 0;
  for (int i = 0; i < 100; ++i) {
    (*world)->env().pools.disk.run([&ran, loop = &(*world)->loop(0)] {
      ++ran;
      loop->post([] {});
    });
  }
  world->reset();
  EXPECT_EQ(ran, 100);
}

TEST(PosixClock, LoopsAndClockAgreeOnTime) {
  TestWorld world;
  auto env = world->env();
  const MonotonicTime before = env.clock.monotonic_now();
  const MonotonicTime between = env.loops[0]->now();
  EXPECT_LE(before, between);
  EXPECT_LE(between, env.clock.monotonic_now());
  constexpr uint64_t k2024 = 1'704'067'200'000;
  EXPECT_GT(env.clock.wall_now().unix_ms, k2024);
}

TEST(PosixRandom, DrawsDoNotRepeatAcrossSizesAndThreads) {
  PosixRandom random;
  std::set<std::string> seen;
  std::mutex mutex;
  auto draw = [&] {
    for (int i = 0; i < 500; ++i) {
      std::string bytes(16 + (i % 3) * 200, '\0');
      random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
      std::lock_guard lock(mutex);
      EXPECT_TRUE(seen.insert(bytes.substr(0, 16)).second);
      if (bytes.size() > 32) {
        EXPECT_TRUE(seen.insert(bytes.substr(bytes.size() - 16)).second);
      }
    }
  };
  std::thread other(draw);
  draw();
  other.join();
  random.fill({});
}

TEST(ThreadPool, RunsFirstComeFirstServedOnNamedThreads) {
  std::vector<int> order;
  {
    auto pool = ThreadPool::create("test-of-a-pool-with-a-long-name", 1);
    ASSERT_TRUE(pool);
    for (int i = 0; i < 100; ++i) (*pool)->run([&order, i] { order.push_back(i); });
    (*pool)->run([] {
      std::array<char, 16> name{};
      pthread_getname_np(pthread_self(), name.data(), name.size());
      EXPECT_STREQ(name.data(), "test-of-a-pool-");
    });
  }
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

// As a thread whose name server is silent.
TEST(ThreadPool, MayLeaveAThreadThatIsStuckBehind) {
  struct Stuck {
    std::promise<void> begun, enough, over;
    std::atomic<bool> queued_ran = false;
  };
  const auto stuck = std::make_shared<Stuck>();
  {
    auto pool = ThreadPool::create("test", 1, ThreadPool::AtEnd::kLeave);
    ASSERT_TRUE(pool);
    (*pool)->run([stuck] {
      stuck->begun.set_value();
      stuck->enough.get_future().wait();
      stuck->over.set_value();
    });
    (*pool)->run([stuck] { stuck->queued_ran = true; });
    stuck->begun.get_future().wait();
  }
  stuck->enough.set_value();
  stuck->over.get_future().wait();
  EXPECT_FALSE(stuck->queued_ran);
}

}  // namespace
}  // namespace garage::env::posix
