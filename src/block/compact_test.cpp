// Compaction: volumes that are mostly dead are emptied and removed.
#include <gtest/gtest.h>

#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct CompactTest : ::testing::Test {
  CompactTest() { node.must_open(); }
  static std::string block(uint64_t i) { return noise(i, 100000); }
  // Ten fit into a volume.
  void fill(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) ASSERT_OK(node.store(block(i)));
  }
  void expect_readable(std::initializer_list<uint64_t> blocks) {
    for (uint64_t i : blocks) EXPECT_EQ(node.read(hash_of(block(i))), block(i)) << i;
  }

  Machine machine;
  TestNode node{machine};
};

TEST_F(CompactTest, NothingToDo) {
  fill(11);
  auto report = node.compact();
  ASSERT_TRUE(report);
  EXPECT_FALSE(*report);
}

TEST_F(CompactTest, AMostlyDeadVolumeIsRewritten) {
  fill(12);
  ASSERT_EQ(machine.volumes().size(), 2u);
  const BlockPlace old = node.place(hash_of(block(3)));
  ASSERT_OK(node.drop({block(0), block(1), block(2), block(4), block(5), block(6), block(8)}));
  node.settle();
  const uint64_t live = node.blocks->stats().live_bytes;
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->volume, old.volume);
  EXPECT_EQ((*report)->records_moved, 3u);
  EXPECT_TRUE((*report)->volume_removed);
  EXPECT_NE(node.place(hash_of(block(3))).volume, old.volume);
  expect_readable({3, 7, 9, 10, 11});
  EXPECT_EQ(node.blocks->stats().live_bytes, live);
  EXPECT_EQ(machine.volumes(), (std::vector<std::string>{"00000002.vol", "00000003.vol"}));
}

TEST_F(CompactTest, CompressedRecordsMoveAsTheyAre) {
  BlockOptions options = small_options();
  options.compression_level = 1;
  node.shut_down();
  Machine other;
  TestNode packing(other);
  packing.must_open(options);
  const std::string text(400000, 'a');
  ASSERT_OK(packing.store(text));
  for (uint64_t i = 0; i < 11; ++i) ASSERT_OK(packing.store(block(i)));
  for (uint64_t i = 0; i < 10; ++i) ASSERT_OK(packing.drop({block(i)}));
  packing.settle();
  auto report = packing.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 1u);
  EXPECT_EQ(packing.read(hash_of(text)), text);
  EXPECT_LT(packing.place(hash_of(text)).stored_bytes, 10000u);
}

TEST_F(CompactTest, AnEmptySealedVolumeIsRemovedAtOnce) {
  fill(11);
  for (uint64_t i = 0; i < 10; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  EXPECT_EQ(machine.volumes(), std::vector<std::string>{"00000002.vol"});
  expect_readable({10});
}

TEST_F(CompactTest, ADamagedRecordKeepsItsVolumeAndTheOthersMove) {
  fill(12);
  for (uint64_t i = 0; i < 7; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  const BlockPlace bad = node.place(hash_of(block(8)));
  ASSERT_OK(machine.disk.flip_bits(node.path(bad), bad.offset + 50000, 1, 1));
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 2u);
  EXPECT_EQ((*report)->records_damaged, 1u);
  EXPECT_FALSE((*report)->volume_removed);
  EXPECT_EQ(node.blocks->stats().blocks_corrupt, 1u);
  expect_readable({7, 9, 10, 11});
  EXPECT_EQ(kind_of(node.read(hash_of(block(8)))), ErrorKind::kCorrupt);
  // Not again and again.
  auto second = node.compact();
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  // Written anew by an upload, the last obstacle is gone.
  ASSERT_OK(node.store(block(8), owner(2)));
  node.settle();
  expect_readable({7, 8, 9, 10, 11});
  EXPECT_EQ(machine.volumes(), (std::vector<std::string>{"00000002.vol", "00000003.vol"}));
}

TEST_F(CompactTest, ADamagedHeadHidesOnlyItself) {
  fill(12);
  for (uint64_t i = 0; i < 7; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  const BlockPlace bad = node.place(hash_of(block(7)));
  ASSERT_OK(machine.disk.flip_bits(node.path(bad), bad.offset + 20, 1, 1));
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 2u);
  EXPECT_FALSE((*report)->volume_removed);
  expect_readable({8, 9, 10, 11});
}

// A user may store what looks like a record. Where the true head is damaged, the walk meets it.
TEST_F(CompactTest, AnImitatedRecordInsideABlockMovesNothing) {
  const std::string victim = "somebody else's block";
  std::string fake = encode_head({.codec = Codec::kRaw,
                                  .hash = hash_of(victim),
                                  .raw_bytes = 6,
                                  .stored_bytes = 6,
                                  .volume = 1,
                                  .offset = 4096},
                                 piece_checksums("poison")) +
                     "poison";
  std::string carrier = noise(1, 100000);
  carrier.replace(4096 - head_bytes(100000), fake.size(), fake);
  ASSERT_OK(node.store(carrier));
  ASSERT_OK(node.store(victim));
  for (uint64_t i = 0; i < 10; ++i) ASSERT_OK(node.store(block(i)));
  const BlockPlace place = node.place(hash_of(carrier));
  ASSERT_EQ(place.offset, 0u);
  ASSERT_OK(machine.disk.flip_bits(node.path(place), 0, 8, 1));
  for (uint64_t i = 0; i < 9; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 1u);  // the victim itself
  EXPECT_EQ(node.read(hash_of(victim)), victim);
}

TEST_F(CompactTest, ARecordThatIsHeldAndNotCommittedKeepsItsVolume) {
  auto hold = node.put(noise(1000, 100000));
  ASSERT_TRUE(hold);
  fill(10);
  for (uint64_t i = 0; i < 9; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_FALSE((*report)->volume_removed);
  std::vector<BlockHold> holds;
  holds.push_back(std::move(*hold));
  ASSERT_OK(node.sync());
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(holds, owner(1))));
  holds.clear();
  node.settle();
  EXPECT_EQ(node.read(hash_of(noise(1000, 100000))), noise(1000, 100000));
  report = node.compact();
  ASSERT_TRUE(report);
  EXPECT_EQ(node.read(hash_of(noise(1000, 100000))), noise(1000, 100000));
}

// A hold taken before the block moved, committed after.
TEST_F(CompactTest, AHoldOfAMovedBlockStaysGood) {
  fill(12);
  auto hold = node.put(block(9));
  ASSERT_TRUE(hold);
  for (uint64_t i = 0; i < 9; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_TRUE((*report)->volume_removed);
  std::vector<BlockHold> holds;
  holds.push_back(std::move(*hold));
  ASSERT_OK(node.sync());
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(holds, owner(2))));
  holds.clear();
  ASSERT_OK(node.drop({block(9)}, owner(1)));
  node.settle();
  expect_readable({9, 10, 11});
}

TEST_F(CompactTest, RowsThatNobodyReferencesAreCollectedOnTheWay) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  // A crash has forgotten that a removal had spared this one.
  kv::Batch batch;
  batch.remove(kv::Family::kBlockRef, reference_key(hash_of(block(8)), owner(1)));
  ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  node.settle();
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 1u);
  EXPECT_TRUE((*report)->volume_removed);
  EXPECT_FALSE(node.has_row(hash_of(block(8))));
  expect_readable({9, 10, 11});
  node.settle();
  EXPECT_EQ(node.blocks->stats().live_bytes, 3 * extent_bytes(100000));
}

TEST_F(CompactTest, AFullDiskLeavesEverythingAsItWas) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  const uint64_t live = node.blocks->stats().live_bytes;
  machine.disk.faults().no_space_probability = 1;
  EXPECT_EQ(kind_of(node.compact()), ErrorKind::kNoSpace);
  machine.disk.faults().no_space_probability = 0;
  expect_readable({8, 9, 10, 11});
  node.settle();
  EXPECT_EQ(node.blocks->stats().live_bytes, live);
  EXPECT_TRUE(node.compact());
  expect_readable({8, 9, 10, 11});
}

TEST_F(CompactTest, GoesOnWhereUploadsAreRefused) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  machine.store.set_short_of_space(true);
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_TRUE((*report)->volume_removed);
  expect_readable({8, 9, 10, 11});
}

TEST_F(CompactTest, IsGivenUpBetweenBatchesAndGoneOnWithLater) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  EXPECT_EQ(kind_of(node.loop.run_until_done(node.blocks->compact_once([] { return true; }))), ErrorKind::kClosed);
  expect_readable({8, 9, 10, 11});
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 2u);
  expect_readable({8, 9, 10, 11});
}

TEST_F(CompactTest, AVolumeThatCannotBeCompactedKeepsNoOtherWaiting) {
  fill(22);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  for (uint64_t i = 10; i < 17; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  const uint32_t first = node.place(hash_of(block(8))).volume, second = node.place(hash_of(block(17))).volume;
  machine.store.fail_next_writes(ErrorKind::kIo, 1);
  EXPECT_EQ(kind_of(node.compact()), ErrorKind::kIo);
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->volume, second);
  report = node.compact();
  ASSERT_TRUE(report);
  EXPECT_FALSE(*report);
  node.loop.advance(11min);
  report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->volume, first);
  expect_readable({8, 9, 17, 18, 19, 20, 21});
}

TEST_F(CompactTest, ARecordThatCannotBeReadStaysAndIsNotCondemned) {
  fill(12);
  for (uint64_t i = 0; i < 7; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  const BlockPlace bad = node.place(hash_of(block(8)));
  ASSERT_OK(machine.disk.fail_reads(node.path(bad), bad.offset + 50000, 1));
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 2u);
  EXPECT_FALSE((*report)->volume_removed);
  EXPECT_EQ(node.blocks->stats().blocks_corrupt, 0u);
  EXPECT_FALSE(node.blocks->has(hash_of(block(8))).value());
  machine.disk.heal_reads();
  expect_readable({7, 8, 9, 10, 11});
  EXPECT_TRUE(node.blocks->has(hash_of(block(8))).value());
}

TEST_F(CompactTest, AFailedCommitFreesTheCopies) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  const uint64_t live = node.blocks->stats().live_bytes;
  machine.store.fail_next_writes(ErrorKind::kNoSpace, 1);
  EXPECT_EQ(kind_of(node.compact()), ErrorKind::kNoSpace);
  node.settle();
  EXPECT_EQ(node.blocks->stats().live_bytes, live);
  expect_readable({8, 9, 10, 11});
}

TEST_F(CompactTest, AFailedSyncOfTheCopiesMovesNothing) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  machine.disk.faults().sync_error_probability = 1;
  EXPECT_FALSE(node.compact());
  machine.disk.faults().sync_error_probability = 0;
  expect_readable({8, 9, 10, 11});
  ASSERT_TRUE(node.compact());
  expect_readable({8, 9, 10, 11});
}

// While the copies are made, one block is removed and uploaded again.
TEST_F(CompactTest, WhatChangedMeanwhileIsNotMoved) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  node.pool().hold_back();
  std::optional<Result<std::optional<CompactReport>>> report;
  node.start(node.blocks->compact_once({}), report);
  // Up to the sync of the copies, which waits.
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(node.pool().step());
    node.loop.run();
  }
  ASSERT_EQ(node.pool().waiting(), 1u);
  runtime::Job sync = node.pool().take();
  node.pool().go_on();
  ASSERT_OK(node.drop({block(8)}));
  ASSERT_OK(node.drop({block(9)}));
  node.pool().hold_back();
  std::optional<Result<BlockHold>> put;
  node.start(node.blocks->put(hash_of(block(9)), Buffer(block(9))), put);
  node.pool().go_on();
  node.loop.run();
  ASSERT_TRUE(put && *put);
  sync();
  node.loop.run();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((**report)->records_moved, 0u);
  std::vector<BlockHold> holds;
  holds.push_back(std::move(**put));
  ASSERT_OK(node.sync());
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(holds, owner(2))));
  holds.clear();
  node.settle();
  EXPECT_EQ(kind_of(node.read(hash_of(block(8)))), ErrorKind::kNotFound);
  expect_readable({9, 10, 11});
  EXPECT_EQ(node.blocks->stats().live_bytes, 3 * extent_bytes(100000));
}

// The first upload has committed and not said so yet; the second will offer the same place once more.
TEST_F(CompactTest, ABlockBetweenItsCommitAndTheWordOfItIsLeftAlone) {
  struct Forgetful : AddBlocks {
    using AddBlocks::AddBlocks;
    void committed() override {}
  };
  std::vector<BlockHold> first, second;
  for (auto* holds : {&first, &second}) {
    auto hold = node.put(noise(1000, 100000));
    ASSERT_TRUE(hold);
    holds->push_back(std::move(*hold));
  }
  ASSERT_OK(node.sync());
  ASSERT_OK(node.commit(std::make_shared<Forgetful>(first, owner(1))));
  fill(10);
  for (uint64_t i = 0; i < 9; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(second, owner(2))));
  first.clear();
  second.clear();
  node.settle();
  EXPECT_EQ(node.read(hash_of(noise(1000, 100000))), noise(1000, 100000));
}

// Somebody else's sync has met the error, and the failed volume was dismissed, before compaction came to sync its
// copies.
TEST_F(CompactTest, CopiesWhoseVolumeFailedMeanwhileAreNotRelied) {
  fill(12);
  for (uint64_t i = 0; i < 8; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  node.pool().hold_back();
  std::optional<Result<std::optional<CompactReport>>> report;
  node.start(node.blocks->compact_once({}), report);
  ASSERT_TRUE(node.pool().step());
  node.loop.run();
  ASSERT_TRUE(node.pool().step());
  node.loop.run();
  ASSERT_TRUE(node.pool().step());  // the copies are written, compaction does not know it yet
  std::optional<Result<void>> failed, dismissed;
  machine.disk.fail_change(1, ErrorKind::kIo);
  node.begin(node.blocks->sync(), failed);
  ASSERT_TRUE(node.pool().step());
  node.begin(node.blocks->sync(), dismissed);
  EXPECT_TRUE(dismissed && *dismissed);
  node.pool().go_on();
  node.loop.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(kind_of(*report), ErrorKind::kIo);
  node.settle();
  machine.power_cut(sim::CutMode::kDropAll);
  TestNode again(machine);
  again.must_open();
  for (uint64_t i : {8u, 9u, 10u, 11u}) EXPECT_EQ(again.read(hash_of(block(i))), block(i));
}

TEST_F(CompactTest, AReaderFollowsAMovedBlock) {
  machine.disk.faults().cached_read_probability = 0;
  fill(12);
  for (uint64_t i = 0; i < 9; ++i) ASSERT_OK(node.drop({block(i)}));
  node.settle();
  node.pool().hold_back();
  std::optional<Result<Buffer>> read;
  node.start(node.blocks->read(hash_of(block(9)), 0, UINT64_MAX), read);
  runtime::Job late = node.pool().take();  // it knows the old place
  node.pool().go_on();
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  ASSERT_TRUE((*report)->volume_removed);
  late();
  node.loop.run();
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->view(), block(9));
  EXPECT_EQ(node.blocks->stats().blocks_corrupt, 0u);
}

}  // namespace
}  // namespace garage::block
