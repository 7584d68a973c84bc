// A block that nobody references and nobody holds does not stay for ever.
#include "block/unreferenced.hpp"

#include <gtest/gtest.h>

#include "block/pending_blocks.hpp"
#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct UnreferencedTest : ::testing::Test {
  UnreferencedTest() { node.must_open(); }
  ~UnreferencedTest() override {
    duty.reset();
    node.shut_down();
  }

  uint64_t look() {
    if (!duty) {
      duty = std::make_unique<Unreferenced>(node.env(), machine.store, node.commits, *node.blocks, 60s);
    }
    return node.loop.run_until_done(duty->run_once()).value();
  }
  // As a crash leaves it that forgets who spared the block.
  void lose_reference(const std::string& bytes) {
    kv::Batch batch;
    batch.remove(kv::Family::kBlockRef, reference_key(hash_of(bytes), owner(1)));
    ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  }
  uint64_t live_bytes() {
    node.settle();
    return node.blocks->stats().live_bytes;
  }

  Machine machine;
  TestNode node{machine};
  std::unique_ptr<Unreferenced> duty;
  const std::string one = noise(1, 20'000), two = noise(2, 30'000);
};

TEST_F(UnreferencedTest, WhatACrashLeftBehindGoesAfterTheGrace) {
  ASSERT_OK(node.store(one));
  ASSERT_OK(node.store(two));
  lose_reference(one);
  EXPECT_EQ(look(), 0u);
  node.loop.advance(30s);
  EXPECT_EQ(look(), 0u) << "its reference may be on the way";
  node.loop.advance(31s);
  EXPECT_EQ(look(), 1u);
  EXPECT_FALSE(node.has_row(hash_of(one)));
  EXPECT_EQ(live_bytes(), extent_bytes(30'000));
  EXPECT_EQ(look(), 0u);
  EXPECT_EQ(node.read(hash_of(two)).value(), two);
}

TEST_F(UnreferencedTest, WhatIsReferencedAgainStays) {
  ASSERT_OK(node.store(one));
  lose_reference(one);
  EXPECT_EQ(look(), 0u);
  ASSERT_OK(node.store(one, owner(2)));
  node.loop.advance(61s);
  EXPECT_EQ(look(), 0u);
  EXPECT_EQ(node.read(hash_of(one)).value(), one);
}

TEST_F(UnreferencedTest, WhatAnUploadHoldsIsSpared) {
  ASSERT_OK(node.store(one));
  lose_reference(one);
  auto hold = node.put(one);
  ASSERT_TRUE(hold);
  EXPECT_EQ(look(), 0u);
  node.loop.advance(61s);
  EXPECT_EQ(look(), 0u);
  EXPECT_TRUE(node.has_row(hash_of(one)));
  hold = fail(ErrorKind::kClosed, "the upload is given up");
  EXPECT_EQ(live_bytes(), 0u) << "who spared it is asked at once, as long as nobody has crashed";
}

TEST_F(UnreferencedTest, ManyAreCollectedAndTheOthersKept) {
  for (uint64_t i = 0; i < 600; ++i) ASSERT_OK(node.store(noise(100 + i, 100)));
  for (uint64_t i = 0; i < 600; i += 2) lose_reference(noise(100 + i, 100));
  EXPECT_EQ(look(), 0u);
  node.loop.advance(61s);
  EXPECT_EQ(look(), 300u);
  for (uint64_t i = 0; i < 600; ++i) EXPECT_EQ(node.has_row(hash_of(noise(100 + i, 100))), i % 2 == 1);
}

TEST_F(UnreferencedTest, AWriterOfWhomNothingIsHeardHoldsNothingForEver) {
  PendingBlocks pending(60s);
  ASSERT_OK(node.store(one));
  auto hold = node.put(one);
  ASSERT_TRUE(hold);
  ASSERT_TRUE(pending.add(owner(2), std::move(*hold), node.loop.now()));
  ASSERT_OK(node.drop({one}));
  node.loop.advance(50s);
  pending.forget_idle(node.loop.now());
  EXPECT_EQ(pending.size(), 1u);
  EXPECT_GT(live_bytes(), 0u);
  node.loop.advance(20s);
  pending.forget_idle(node.loop.now());
  EXPECT_EQ(pending.size(), 0u);
  EXPECT_EQ(live_bytes(), 0u);
}

}  // namespace
}  // namespace garage::block
