// Uploads and collection meeting at the same block: holds, removals, and what is asked when a hold ends in doubt.
#include <gtest/gtest.h>

#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct HoldTest : ::testing::Test {
  HoldTest() { node.must_open(); }

  std::vector<BlockHold> held(const std::string& data) {
    std::vector<BlockHold> holds;
    auto hold = node.put(data);
    EXPECT_TRUE(hold);
    if (hold) holds.push_back(std::move(*hold));
    EXPECT_OK(node.sync());
    return holds;
  }
  uint64_t live() {
    node.settle();
    return node.blocks->stats().live_bytes;
  }
  uint64_t data_bytes(const std::string& path) {
    auto file = machine.disk.open(path, env::OpenMode::kRead);
    const auto extents = (*file)->data_extents();
    uint64_t data = 0;
    for (const auto& range : *extents) data += range.length;
    return data;
  }

  Machine machine;
  TestNode node{machine};
  const std::string bytes = noise(1, 50000);
  const BlockHash hash = hash_of(bytes);
  const uint64_t extent = extent_bytes(50000);
};

TEST_F(HoldTest, ARemovedBlockIsGoneAndItsRoomIsPunched) {
  ASSERT_OK(node.store(bytes));
  ASSERT_OK(node.store(noise(2, 10000)));
  const std::string path = node.path(node.place(hash));
  const uint64_t before = data_bytes(path);
  ASSERT_OK(node.drop({bytes}));
  EXPECT_EQ(kind_of(node.read(hash)), ErrorKind::kNotFound);
  EXPECT_FALSE(node.has_row(hash));
  EXPECT_EQ(live(), extent_bytes(10000));
  EXPECT_EQ(data_bytes(path), before - extent);
  EXPECT_EQ(node.read(hash_of(noise(2, 10000))), noise(2, 10000));
}

TEST_F(HoldTest, ABlockStaysWhileAnyReferenceIsLeft) {
  ASSERT_OK(node.store(bytes, owner(1)));
  ASSERT_OK(node.store(bytes, owner(2)));
  ASSERT_OK(node.drop({bytes}, owner(1)));
  EXPECT_EQ(node.read(hash), bytes);
  ASSERT_OK(node.drop({bytes}, owner(2)));
  EXPECT_EQ(kind_of(node.read(hash)), ErrorKind::kNotFound);
  EXPECT_EQ(live(), 0u);
}

TEST_F(HoldTest, DroppingTwiceDoesNothing) {
  ASSERT_OK(node.store(bytes));
  ASSERT_OK(node.drop({bytes, bytes}));
  ASSERT_OK(node.drop({bytes}));
  EXPECT_EQ(live(), 0u);
}

TEST_F(HoldTest, AHoldNobodyCommitsIsFreed) {
  held(bytes);
  EXPECT_EQ(live(), 0u);
  // And nothing stands in the way of the same block later.
  ASSERT_OK(node.store(bytes));
  EXPECT_EQ(live(), extent);
}

TEST_F(HoldTest, AHeldBlockIsSpared) {
  ASSERT_OK(node.store(bytes, owner(1)));
  auto holds = held(bytes);
  ASSERT_OK(node.drop({bytes}, owner(1)));
  EXPECT_EQ(node.read(hash), bytes);
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(holds, owner(2))));
  holds.clear();
  node.settle();
  EXPECT_EQ(node.read(hash), bytes);
  EXPECT_EQ(live(), extent);
}

TEST_F(HoldTest, ASparedBlockIsCollectedWhenTheUploadIsGivenUp) {
  ASSERT_OK(node.store(bytes, owner(1)));
  auto holds = held(bytes);
  ASSERT_OK(node.drop({bytes}, owner(1)));
  holds.clear();
  EXPECT_EQ(live(), 0u);
  EXPECT_FALSE(node.has_row(hash));
}

TEST_F(HoldTest, TheLastHoldDecides) {
  auto first = held(bytes);
  auto second = held(bytes);
  EXPECT_EQ(node.blocks->stats().blocks_written, 1u);
  first.clear();
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(second, owner(1))));
  second.clear();
  EXPECT_EQ(live(), extent);
  EXPECT_EQ(node.read(hash), bytes);
}

TEST_F(HoldTest, TwoUploadsOfOneBlockBothCommit) {
  auto first = held(bytes);
  auto second = held(bytes);
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(first, owner(1))));
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(second, owner(2))));
  first.clear();
  second.clear();
  EXPECT_EQ(live(), extent);
  ASSERT_OK(node.drop({bytes}, owner(1)));
  EXPECT_EQ(node.read(hash), bytes);
}

TEST_F(HoldTest, AFailedCommitLeavesNothing) {
  auto holds = held(bytes);
  machine.store.fail_next_writes(ErrorKind::kNoSpace, 1);
  EXPECT_EQ(kind_of(node.commit(std::make_shared<AddBlocks>(holds, owner(1)))), ErrorKind::kNoSpace);
  holds.clear();
  EXPECT_EQ(live(), 0u);
}

TEST_F(HoldTest, ACommitNobodyWaitedForCounts) {
  struct Forgetful : AddBlocks {
    using AddBlocks::AddBlocks;
    void committed() override {}
  };
  auto holds = held(bytes);
  ASSERT_OK(node.commit(std::make_shared<Forgetful>(holds, owner(1))));
  holds.clear();
  EXPECT_EQ(live(), extent);
  EXPECT_EQ(node.read(hash), bytes);
}

TEST_F(HoldTest, WhatCannotBeAskedNowIsAskedLater) {
  ASSERT_OK(node.store(bytes, owner(1)));
  auto holds = held(bytes);
  ASSERT_OK(node.drop({bytes}, owner(1)));
  machine.store.fail_next_writes(ErrorKind::kNoSpace, 2);
  holds.clear();
  node.loop.run();
  EXPECT_TRUE(node.has_row(hash));
  EXPECT_EQ(node.read(hash), bytes);
  EXPECT_EQ(live(), 0u);
  EXPECT_FALSE(node.has_row(hash));
}

// put() comes while the removal is applied and not yet durable: it must not rely on the row that is about to go.
TEST_F(HoldTest, ABlockUnderRemovalIsWrittenAnew) {
  ASSERT_OK(node.store(bytes, owner(1)));
  struct Interrupted : DropBlocks {
    using DropBlocks::DropBlocks;
    std::function<void()> after_apply;
    Result<void> apply(kv::View& view, kv::Batch& batch) override {
      CHECK_OK(DropBlocks::apply(view, batch));
      after_apply();
      return {};
    }
  };
  std::optional<Result<BlockHold>> hold;
  auto change = std::make_shared<Interrupted>(*node.blocks, std::vector{hash}, owner(1));
  change->after_apply = [&] { node.start(node.blocks->put(hash, Buffer(bytes)), hold); };
  ASSERT_OK(node.commit(change));
  change.reset();
  node.loop.run();
  ASSERT_TRUE(hold && *hold);
  EXPECT_EQ(node.blocks->stats().blocks_written, 2u);
  node.settle();
  std::vector<BlockHold> holds;
  holds.push_back(std::move(**hold));
  ASSERT_OK(node.sync());
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(holds, owner(2))));
  holds.clear();
  EXPECT_EQ(node.read(hash), bytes);
  EXPECT_EQ(live(), extent);
}

TEST_F(HoldTest, ARemovalThatFailsChangesNothing) {
  ASSERT_OK(node.store(bytes));
  machine.store.fail_next_writes(ErrorKind::kIo, 1);
  EXPECT_EQ(kind_of(node.drop({bytes})), ErrorKind::kIo);
  node.settle();
  EXPECT_EQ(node.read(hash), bytes);
  EXPECT_EQ(live(), extent);
  // The removal has let go: the next upload finds the block.
  ASSERT_OK(node.store(bytes, owner(2)));
  EXPECT_EQ(node.blocks->stats().blocks_written, 1u);
}

// Nothing is destroyed before the metadata are on the device: a power cut may bring the row back.
TEST_F(HoldTest, RoomIsKeptUntilTheRemovalIsDurable) {
  node.shut_down();
  TestNode relaxed(machine, kv::Durability::kRelaxed);
  relaxed.must_open();
  ASSERT_OK(relaxed.store(bytes));
  ASSERT_OK(machine.store.sync());
  ASSERT_OK(relaxed.drop({bytes}));
  machine.store.fail_next_writes(ErrorKind::kIo, 3);  // sync() as well
  relaxed.loop.advance(250ms);
  machine.power_cut(sim::CutMode::kKeepAll);
  TestNode again(machine);
  again.must_open();
  EXPECT_EQ(again.read(hash), bytes);
}

TEST_F(HoldTest, ConcurrentPutsOfOneBlockWriteOnce) {
  node.pool().hold_back();
  std::optional<Result<BlockHold>> first, second, third;
  node.start(node.blocks->put(hash, Buffer(bytes)), first);
  node.start(node.blocks->put(hash, Buffer(bytes)), second);
  node.start(node.blocks->put(hash, Buffer(bytes)), third);
  EXPECT_EQ(node.pool().waiting(), 1u);
  node.pool().go_on();
  node.loop.run();
  ASSERT_TRUE(first && second && third);
  EXPECT_TRUE(*first && *second && *third);
  EXPECT_EQ(node.blocks->stats().blocks_written, 1u);
  EXPECT_EQ((*first)->place(), (*third)->place());
}

TEST_F(HoldTest, AFailedWriterPassesTheWorkOn) {
  node.pool().hold_back();
  std::optional<Result<BlockHold>> first, second;
  node.start(node.blocks->put(hash, Buffer(bytes)), first);
  node.start(node.blocks->put(hash, Buffer(bytes)), second);
  machine.disk.fail_change(1, ErrorKind::kNoSpace);
  node.pool().go_on();
  node.loop.run();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(kind_of(*first), ErrorKind::kNoSpace);
  EXPECT_TRUE(*second);
}

TEST_F(HoldTest, OneSyncServesAllWhoCameBefore) {
  ASSERT_OK(node.store(noise(50, 100)));  // the volume is there
  std::vector<std::optional<Result<void>>> answers(10);
  std::vector<Result<BlockHold>> holds;
  for (uint64_t i = 0; i < 5; ++i) holds.push_back(node.put(noise(100 + i, 100)));
  const uint64_t before = machine.disk.syncs();
  node.pool().hold_back();
  for (size_t i = 0; i < 5; ++i) node.start(node.blocks->sync(), answers[i]);
  EXPECT_EQ(node.pool().waiting(), 1u);
  node.pool().step();
  node.loop.run();
  for (size_t i = 0; i < 5; ++i) EXPECT_TRUE(answers[i].has_value()) << i;
  EXPECT_EQ(machine.disk.syncs(), before + 1);
  node.pool().go_on();
}

TEST_F(HoldTest, AWriteThatWasLostBeforeItWasNotedIsAnError) {
  ASSERT_OK(node.store(noise(50, 100)));
  auto other = node.put(noise(51, 100));
  node.pool().hold_back();
  std::optional<Result<BlockHold>> put;
  std::optional<Result<void>> failed;
  node.start(node.blocks->put(hash, Buffer(bytes)), put);
  ASSERT_TRUE(node.pool().step());  // written, and its upload does not know it yet
  machine.disk.fail_change(1, ErrorKind::kIo);
  node.begin(node.blocks->sync(), failed);
  ASSERT_TRUE(node.pool().step());
  node.loop.run();
  ASSERT_TRUE(put && failed);
  EXPECT_EQ(kind_of(*put), ErrorKind::kIo);
  EXPECT_EQ(kind_of(*failed), ErrorKind::kIo);
  node.pool().go_on();
  other = fail(ErrorKind::kIo, "given up");
  ASSERT_OK(node.store(bytes));
  EXPECT_EQ(node.read(hash), bytes);
}

// The resolver has the last hold and asks; meanwhile somebody uploads the block again.
TEST_F(HoldTest, ABlockThatIsWantedAgainIsNotCollected) {
  ASSERT_OK(node.store(bytes, owner(1)));
  auto holds = held(bytes);
  ASSERT_OK(node.drop({bytes}, owner(1)));
  node.pool().hold_back();
  holds.clear();
  node.loop.run();
  EXPECT_EQ(node.pool().waiting(), 1u);
  std::optional<Result<BlockHold>> put;
  node.start(node.blocks->put(hash, Buffer(bytes)), put);
  ASSERT_TRUE(put && *put);
  node.pool().go_on();
  node.loop.run();
  EXPECT_TRUE(node.has_row(hash));
  holds.push_back(std::move(**put));
  ASSERT_OK(node.sync());
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(holds, owner(2))));
  holds.clear();
  EXPECT_EQ(live(), extent);
  EXPECT_EQ(node.read(hash), bytes);
}

// A second copy was written because the first is damaged, its commit failed, and in the end nobody wants the block at
// all.
TEST_F(HoldTest, NoCopyIsForgottenWhenCommitsFail) {
  ASSERT_OK(node.store(bytes, owner(1)));
  const BlockPlace old = node.place(hash);
  ASSERT_OK(machine.disk.flip_bits(node.path(old), old.offset + 20000, 1, 1));
  EXPECT_EQ(kind_of(node.read(hash)), ErrorKind::kCorrupt);
  auto holds = held(bytes);
  machine.store.fail_next_writes(ErrorKind::kIo, 1);
  EXPECT_EQ(kind_of(node.commit(std::make_shared<AddBlocks>(holds, owner(2)))), ErrorKind::kIo);
  ASSERT_OK(node.drop({bytes}, owner(1)));
  EXPECT_TRUE(node.has_row(hash));  // spared
  machine.store.fail_next_writes(ErrorKind::kIo, 1);
  holds.clear();
  EXPECT_EQ(live(), 0u);
  EXPECT_FALSE(node.has_row(hash));
}

TEST_F(HoldTest, AReaderDuringARemovalGetsBytesOrNotFound) {
  machine.disk.faults().cached_read_probability = 0;
  ASSERT_OK(node.store(bytes));
  ASSERT_OK(node.store(noise(2, 100)));
  std::optional<Result<Buffer>> read;
  node.pool().hold_back();
  node.start(node.blocks->read(hash, 0, UINT64_MAX), read);  // has looked up the place, the read itself waits
  const auto places = node.place(hash);
  std::optional<Result<void>> dropped;
  node.start(node.commits.commit(std::make_shared<DropBlocks>(*node.blocks, std::vector{hash}, owner(1))), dropped);
  // The removal and its punch come first.
  auto file = machine.disk.open(node.path(places), env::OpenMode::kReadWrite);
  kv::Batch batch;
  batch.remove(kv::Family::kBlockIndex, std::string(hash.view()));
  ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  ASSERT_OK((*file)->punch_hole(places.offset, extent));
  node.pool().go_on();
  node.loop.run();
  ASSERT_TRUE(read);
  EXPECT_EQ(kind_of(*read), ErrorKind::kNotFound);
  EXPECT_EQ(node.blocks->stats().blocks_corrupt, 0u);
}

}  // namespace
}  // namespace garage::block
