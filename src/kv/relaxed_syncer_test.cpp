#include "kv/relaxed_syncer.hpp"

#include <gtest/gtest.h>

#include "kv/memory_store.hpp"
#include "runtime/inline_pool.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::kv {
namespace {

class RelaxedSyncerTest : public testing::Test {
 protected:
  void write(uint64_t bytes) {
    Batch batch;
    batch.put(Family::kObject, "a", "1");
    ASSERT_TRUE(store_.write(batch, Durability::kRelaxed));
    syncer_.wrote(bytes);
    loop_.run();
  }

  runtime::ManualLoop loop_;
  runtime::InlinePool pool_;
  MemoryStore store_;
  RelaxedSyncer syncer_{store_, loop_, pool_, {}};
};

TEST_F(RelaxedSyncerTest, SyncsASecondAfterTheFirstWrite) {
  write(10);
  loop_.advance(600ms);
  write(10);
  EXPECT_EQ(store_.unsynced_batches(), 2u);
  loop_.advance(500ms);
  EXPECT_EQ(store_.unsynced_batches(), 0u);
  EXPECT_EQ(syncer_.stats().syncs, 1u);
  EXPECT_EQ(syncer_.stats().unsynced_bytes, 0u);
}

TEST_F(RelaxedSyncerTest, SleepsWhileNothingIsWritten) {
  loop_.advance(10s);
  EXPECT_EQ(syncer_.stats().syncs, 0u);
  write(10);
  loop_.advance(10s);
  EXPECT_EQ(syncer_.stats().syncs, 1u);
}

TEST_F(RelaxedSyncerTest, SyncsAtOnceWhenMuchHasGathered) {
  write(15u << 20);
  EXPECT_EQ(syncer_.stats().syncs, 0u);
  write(1u << 20);
  EXPECT_EQ(syncer_.stats().syncs, 1u);
  EXPECT_EQ(store_.unsynced_batches(), 0u);
  loop_.advance(5s);
  EXPECT_EQ(syncer_.stats().syncs, 1u);
  write(10);
  loop_.advance(2s);
  EXPECT_EQ(syncer_.stats().syncs, 2u);
}

TEST_F(RelaxedSyncerTest, TriesAgainASecondAfterAFailure) {
  write(20);
  store_.fail_next_writes(ErrorKind::kIo, 1);
  loop_.advance(1100ms);
  EXPECT_EQ(syncer_.stats().failures, 1u);
  EXPECT_EQ(store_.unsynced_batches(), 1u);
  write(17u << 20);
  EXPECT_EQ(syncer_.stats().syncs, 0u) << "no hot loop over a sick device";
  loop_.advance(1s);
  EXPECT_EQ(syncer_.stats().syncs, 1u);
  EXPECT_EQ(store_.unsynced_batches(), 0u);
}

TEST_F(RelaxedSyncerTest, StopSyncsWhatIsLeft) {
  write(20);
  EXPECT_TRUE(loop_.run_until_done(syncer_.stop()));
  EXPECT_EQ(store_.unsynced_batches(), 0u);
  loop_.advance(5s);
  EXPECT_EQ(syncer_.stats().syncs, 1u);
}

}  // namespace
}  // namespace garage::kv
