#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <utility>

#include "base/result.hpp"
#include "runtime/future.hpp"
#include "runtime/inline_pool.hpp"
#include "runtime/manual_loop.hpp"
#include "runtime/pool.hpp"
#include "runtime/published.hpp"
#include "runtime/seldom.hpp"
#include "runtime/semaphore.hpp"
#include "runtime/signal.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/traceparent.hpp"

namespace garage::runtime {
namespace {

Task<int> plus_one(Task<int> task) {
  co_return co_await std::move(task) + 1;
}
Task<int> constant(int n) {
  co_return n;
}

Task<Result<int>> fails() {
  co_return fail(ErrorKind::kIo, "no");
}
Task<Result<int>> propagates() {
  CO_TRY(int n, co_await fails());
  co_return n;
}

TEST(Seldom, OneLineAMinuteAboutEachThing) {
  ManualLoop loop;
  Loop::Scope scope(&loop);
  Seldom seldom(60s, 2);
  EXPECT_EQ(seldom.due("a"), "");
  EXPECT_EQ(seldom.due("a"), std::nullopt);
  EXPECT_EQ(seldom.due("b"), " (1 more of this kind were not written down)");
  EXPECT_EQ(seldom.due("c"), std::nullopt) << "more things than are remembered";
  loop.advance(59s);
  EXPECT_EQ(seldom.due("a"), std::nullopt);
  loop.advance(1s);
  EXPECT_EQ(seldom.due("c"), " (2 more of this kind were not written down)");
  EXPECT_EQ(seldom.due("a"), "");
}

TEST(Task, NestsAndReturns) {
  ManualLoop loop;
  EXPECT_EQ(loop.run_until_done(plus_one(plus_one(constant(40)))), 42);
  EXPECT_EQ(loop.run_until_done(propagates()).error().kind, ErrorKind::kIo);
}

Task<int> wait_for(Future<int> future) {
  co_return co_await std::move(future);
}

TEST(Future, CrossesThreads) {
  ManualLoop loop;
  auto [promise, future] = make_future<int>();
  std::thread setter([p = std::move(promise)]() mutable { p.set(7); });
  EXPECT_EQ(loop.run_until_done(wait_for(std::move(future))), 7);
  setter.join();
}

Task<Result<int>> on_pool(Pool& pool) {
  co_return co_await run_on(pool, [] { return Result<int>(5); });
}

TEST(Pool, RunOnReturnsTheResult) {
  ManualLoop loop;
  InlinePool pool;
  EXPECT_EQ(*loop.run_until_done(on_pool(pool)), 5);
}

Task<void> sleep_then_count(Duration d, int& count) {
  co_await sleep_for(d);
  ++count;
}

TEST(TaskGroup, JoinWaitsForAll) {
  ManualLoop loop;
  Loop::Scope scope(&loop);
  TaskGroup group;
  int count = 0;
  group.spawn(sleep_then_count(1s, count));
  group.spawn(sleep_then_count(2s, count));
  TaskGroup waiting;
  waiting.spawn(group.join());
  loop.advance(1500ms);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(waiting.running(), 1u);
  loop.advance(1s);
  EXPECT_EQ(count, 2);
  EXPECT_EQ(waiting.running(), 0u);
}

Task<void> come_in_below(TaskGroup& group, size_t tasks, int& woken) {
  co_await group.below(tasks);
  ++woken;
}

TEST(TaskGroup, BelowWaitsForRoomOnly) {
  ManualLoop loop;
  Loop::Scope scope(&loop);
  TaskGroup group, waiting;
  int count = 0, woken = 0;
  group.spawn(sleep_then_count(9s, count));
  group.spawn(sleep_then_count(1s, count));
  group.spawn(sleep_then_count(2s, count));
  waiting.spawn(come_in_below(group, 4, woken));
  EXPECT_EQ(woken, 1) << "there is room";
  waiting.spawn(come_in_below(group, 3, woken));
  waiting.spawn(come_in_below(group, 2, woken));
  loop.advance(1500ms);
  EXPECT_EQ(woken, 2);
  loop.advance(1s);
  EXPECT_EQ(woken, 3) << "the slow one holds up nobody";
  EXPECT_EQ(group.running(), 1u);
  loop.advance(10s);
  EXPECT_EQ(count, 3);
}

Task<void> sleep_in_span(telemetry::Tracer& tracer, Duration delay, std::vector<std::string>& seen) {
  telemetry::Span span(&tracer, "root", telemetry::SpanKind::kServer, std::nullopt);
  const std::string own = telemetry::current_traceparent();
  co_await sleep_for(delay);
  seen.push_back(telemetry::current_traceparent() == own ? "same" : "other");
}

TEST(Context, IsThatOfEachCoroutineAgainAfterItWaited) {
  ManualLoop loop;
  Loop::Scope scope(&loop);
  telemetry::Counter dropped;
  uint64_t drawn = 0;
  telemetry::Tracer tracer({}, {[] { return uint64_t{1}; }, [&drawn] { return ++drawn; }}, dropped);
  std::vector<std::string> seen;
  TaskGroup group;
  group.spawn(sleep_in_span(tracer, 2s, seen));
  EXPECT_EQ(telemetry::current_traceparent(), "") << "who starts a task keeps its own";
  group.spawn(sleep_in_span(tracer, 1s, seen));
  loop.advance(3s);
  EXPECT_EQ(seen, (std::vector<std::string>{"same", "same"}));
  EXPECT_EQ(telemetry::current_traceparent(), "");
}

Task<void> take(Semaphore& semaphore, size_t units, int& taken) {
  co_await semaphore.acquire(units);
  ++taken;
}

TEST(Semaphore, ServesInOrderAndCapsLargeRequests) {
  ManualLoop loop;
  Loop::Scope scope(&loop);
  Semaphore semaphore(10);
  TaskGroup group;
  int taken = 0;
  group.spawn(take(semaphore, 4, taken));
  group.spawn(take(semaphore, 100, taken));  // waits for everything
  group.spawn(take(semaphore, 1, taken));    // waits its turn behind it
  loop.run();
  EXPECT_EQ(taken, 1);
  semaphore.release(4);
  loop.run();
  EXPECT_EQ(taken, 2);
  semaphore.release(100);
  loop.run();
  EXPECT_EQ(taken, 3);
}

Task<void> await_signal(Signal& signal, int& woken) {
  co_await signal.wait();
  ++woken;
}

TEST(Signal, WakesAllWaiters) {
  ManualLoop loop;
  Loop::Scope scope(&loop);
  Signal signal;
  TaskGroup group;
  int woken = 0;
  group.spawn(await_signal(signal, woken));
  group.spawn(await_signal(signal, woken));
  signal.notify_all();
  loop.run();
  EXPECT_EQ(woken, 2);
}

// What matters most here, the order on other processors, is for the thread sanitizer to tell (scripts/test-deep
// thread).
TEST(Published, ReadersKeepWhatTheyHaveAndNeverSeeAHalf) {
  using Pair = std::pair<int, int>;
  Published<Pair> published(std::make_shared<const Pair>(0, 0));
  const auto first = published.load();
  std::jthread writer([&published] {
    for (int n = 1; n <= 10'000; ++n) published.store(std::make_shared<const Pair>(n, -n));
  });
  int last = 0;
  while (last < 10'000) {
    const auto seen = published.load();
    ASSERT_EQ(seen->first, -seen->second);
    ASSERT_GE(seen->first, last) << "what was stored before never comes back";
    last = seen->first;
  }
  EXPECT_EQ(*first, Pair(0, 0));
}

}  // namespace
}  // namespace garage::runtime
