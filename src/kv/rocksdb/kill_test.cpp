// kill -9 against the real engine: a child process writes and reports what was acknowledged, dies in the middle, and
// what it said must be there.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "kv/rocksdb/testing/crash_load.hpp"
#include "kv/rocksdb/testing/test_support.hpp"

namespace garage::kv {
namespace {

constexpr const char* kDirectoryVariable = "GARAGE_KV_KILL_DIRECTORY";
constexpr const char* kDurabilityVariable = "GARAGE_KV_KILL_RELAXED";
constexpr int kReportDescriptor = 3;
// The child: this very program, told by the environment to be one.
TEST(KillChild, DISABLED_WritesUntilKilled) {
  const char* directory = std::getenv(kDirectoryVariable);
  if (!directory) GTEST_SKIP() << "only as the child of KillTest";
  const auto durability = std::getenv(kDurabilityVariable) ? Durability::kRelaxed : Durability::kSynced;
  const auto store = open_or_die(crash_load::small_options(directory));
  for (uint64_t n = *crash_load::last_change(*store) + 1;; ++n) {
    const auto written = store->write(crash_load::change(n), durability);
    if (!written || ::write(kReportDescriptor, &n, sizeof n) != static_cast<ssize_t>(sizeof n)) _exit(1);
  }
}

class KillTest : public testing::TestWithParam<bool> {
 protected:
  // Starts the child, lets it acknowledge `count` changes, kills it; returns the last one it acknowledged.
  uint64_t run_and_kill(uint64_t count) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) return 0;
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv(kDirectoryVariable, scratch_.file("db.rocksdb").c_str(), 1);
      if (GetParam()) ::setenv(kDurabilityVariable, "1", 1);
      ::dup2(pipe_ends[1], kReportDescriptor);
      ::execl("/proc/self/exe", "kill_child", "--gtest_filter=KillChild.*", "--gtest_also_run_disabled_tests",
              "--gtest_brief=1", nullptr);
      _exit(127);
    }
    ::close(pipe_ends[1]);
    uint64_t last = 0;
    for (uint64_t seen = 0; auto n = next_report(pipe_ends[0]); ++seen) {
      last = *n;
      if (seen == count) ::kill(child, SIGKILL);
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    return last;
  }

  static std::optional<uint64_t> next_report(int descriptor) {
    uint64_t n = 0;
    ssize_t got = 0;
    do {
      got = ::read(descriptor, &n, sizeof n);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(sizeof n) ? std::optional(n) : std::nullopt;
  }

  ScratchDirectory scratch_;
};

TEST_P(KillTest, AcknowledgedChangesAreThere) {
  uint64_t before = 0;
  for (uint64_t round = 0; round < 12; ++round) {
    const uint64_t acknowledged = run_and_kill(10 + round * 41 % 170);
    ASSERT_GT(acknowledged, before);
    const auto store = open_or_die(crash_load::small_options(scratch_.file("db.rocksdb")));
    ASSERT_TRUE(store);
    const uint64_t found = *crash_load::last_change(*store);
    EXPECT_GE(found, acknowledged);
    EXPECT_LE(found, acknowledged + 1) << "more than the one change in flight";
    const auto state = crash_load::check_state(*store, found);
    ASSERT_TRUE(state) << state.error().message;
    before = found;
  }
}

INSTANTIATE_TEST_SUITE_P(Durability, KillTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Relaxed" : "Synced"; });

}  // namespace
}  // namespace garage::kv
