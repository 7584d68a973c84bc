#include "env/posix/process.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "env/posix/signals.hpp"
#include "env/posix/test_world.hpp"

namespace garage::env::posix {
namespace {

TEST(Process, RaisesTheLimitOfOpenFiles) {
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit low{std::min<rlim_t>(old.rlim_cur, 256), old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  auto raised = raise_open_files_limit();
  ASSERT_TRUE(raised);
  EXPECT_EQ(*raised, old.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &old);
}

TEST(Process, ForbidsDumps) {
  const int before = ::prctl(PR_GET_DUMPABLE);
  EXPECT_TRUE(forbid_dumps());
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
  ::prctl(PR_SET_DUMPABLE, before);
}

TEST(Process, KnowsItsHostAndEnvironment) {
  auto name = hostname();
  ASSERT_TRUE(name);
  EXPECT_FALSE(name->empty());
  ::setenv("GARAGE_TEST_VARIABLE", "value", 1);
  EXPECT_EQ(environment("GARAGE_TEST_VARIABLE"), "value");
  ::unsetenv("GARAGE_TEST_VARIABLE");
  EXPECT_FALSE(environment("GARAGE_TEST_VARIABLE"));
}

TEST(Signals, ArriveAsJobsOfTheLoop) {
  auto made = PosixWorld::create({.loops = 2, .disk_threads = 1, .compute_threads = 1});
  ASSERT_TRUE(made);
  PosixWorld& world = **made;
  std::vector<int> seen;
  on_signals(world.loop(1), {SIGHUP, SIGTERM}, [&](int signal) {
    EXPECT_EQ(runtime::Loop::current(), &world.loop(1));
    seen.push_back(signal);
    // The answer to one signal may post: the next is sent from a job.
    world.loop(1).post([&, signal] { signal == SIGHUP ? void(::kill(::getpid(), SIGTERM)) : world.stop(); });
  });
  world.loop(0).post([] { ::kill(::getpid(), SIGHUP); });
  ASSERT_TRUE(world.run());
  EXPECT_EQ(seen, (std::vector{SIGHUP, SIGTERM}));
}

TEST(Signals, BrokenPipesAreErrors) {
  ignore_broken_pipes();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

}  // namespace
}  // namespace garage::env::posix
