// A process that can open no more files.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "kv/rocksdb/testing/test_support.hpp"

namespace garage::kv {
namespace {

class OpenFilesTest : public RowAfterRow {
 protected:
  OpenFilesTest() {
    options_.memtable_bytes = 1u << 20;
    options_.log_bytes_max = 2u << 20;
  }
  ~OpenFilesTest() override { give_all_back(); }

  // All that this process may have are taken, but for so many.
  void take_all_but(int left) {
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual_), 0);
    const int last = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    taken_.push_back(last);
    rlimit few = usual_;
    few.rlim_cur = static_cast<rlim_t>(last + 8 + left);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    for (int next = 0; next >= 0;) {
      next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (next >= 0) taken_.push_back(next);
    }
    for (int i = 0; i < left; ++i) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }
  void give_all_back() {
    if (taken_.empty()) return;
    for (const int one : taken_) ::close(one);
    taken_.clear();
    ::setrlimit(RLIMIT_NOFILE, &usual_);
  }
  Result<void> put() { return put_value(std::string(20'000, 'v')); }

  std::vector<int> taken_;
  rlimit usual_{};
};

// Whatever step of RocksDB meets it, a new log, a table to be written or read: it passes, without a restart.
TEST_F(OpenFilesTest, WritesAreRefusedAndComeBackWithoutARestart) {
  for (int left = 0; left < 6; ++left) {
    open();
    ASSERT_TRUE(put());
    take_all_but(left);
    int refused = 0;
    for (int i = 0; i < 1000 && refused < 5; ++i) {
      if (auto written = put(); !written) {
        EXPECT_EQ(written.error().kind, ErrorKind::kOverloaded) << written.error().message;
        ++refused;
      }
    }
    EXPECT_TRUE(refused > 0 || left > 0);
    give_all_back();
    for (int i = 0; i < 5; ++i) {
      const auto written = put();
      EXPECT_TRUE(written) << left << ": " << written.error().message;
    }
    EXPECT_EQ(store_->damage(), std::nullopt);
    expect_all();
    open();
    expect_all();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace garage::kv
