#include "block/sync_group.hpp"

#include <gtest/gtest.h>

#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct SyncGroupTest : ::testing::Test {
  SyncGroupTest() {
    pool.hold_back();
    file = std::move(*machine.disk.open("/file", env::OpenMode::kCreate));
  }
  SyncGroup::Wait sync() { return group->sync(pool, file); }

  Machine machine;
  StepPool pool;
  std::shared_ptr<env::File> file;
  std::shared_ptr<SyncGroup> group = std::make_shared<SyncGroup>();
};

TEST_F(SyncGroupTest, NothingWrittenNothingToWaitFor) {
  EXPECT_TRUE(sync().ready());
  EXPECT_EQ(pool.waiting(), 0u);
}

TEST_F(SyncGroupTest, OneSyncForAllWhoWroteBefore) {
  const uint64_t first = group->note_write();
  const uint64_t second = group->note_write();
  auto a = sync(), b = sync();
  EXPECT_FALSE(a.ready());
  EXPECT_FALSE(group->covers(first));
  pool.step();
  EXPECT_TRUE(a.ready() && b.ready());
  EXPECT_TRUE(group->covers(second));
  EXPECT_EQ(machine.disk.syncs(), 1u);
  EXPECT_FALSE(group->dirty());
  EXPECT_TRUE(sync().ready());
}

TEST_F(SyncGroupTest, WhoWroteLaterWaitsForTheNext) {
  group->note_write();
  auto early = sync();
  const uint64_t late_write = group->note_write();
  auto late = sync(), later = sync();
  EXPECT_EQ(pool.waiting(), 1u);
  pool.step();
  EXPECT_TRUE(early.ready());
  EXPECT_FALSE(late.ready());
  EXPECT_FALSE(group->covers(late_write));
  EXPECT_EQ(pool.waiting(), 1u);  // begun by the end of the first
  pool.step();
  EXPECT_TRUE(late.ready() && later.ready());
  EXPECT_EQ(machine.disk.syncs(), 2u);
}

TEST_F(SyncGroupTest, AFailureReachesAllWhoWaitAndAllWhoCome) {
  const uint64_t first = group->note_write();
  auto done = sync();
  pool.step();
  const uint64_t second = group->note_write();
  auto waiting = sync();
  group->note_write();
  auto next = sync();
  machine.disk.fail_change(1, ErrorKind::kIo);
  pool.step();
  ASSERT_TRUE(waiting.ready() && next.ready());
  EXPECT_FALSE(waiting.await_resume());
  EXPECT_FALSE(next.await_resume());
  EXPECT_EQ(pool.waiting(), 0u);
  auto late = sync();
  ASSERT_TRUE(late.ready());
  EXPECT_FALSE(late.await_resume());
  EXPECT_TRUE(group->failure());
  EXPECT_TRUE(group->covers(first));
  EXPECT_FALSE(group->covers(second));
}

}  // namespace
}  // namespace garage::block
