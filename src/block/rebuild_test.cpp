// Metadata lost, volumes there: the index is rebuilt, and nothing is touched before.
#include <gtest/gtest.h>

#include <initializer_list>
#include <map>

#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct RebuildTest : ::testing::Test {
  static std::string block(uint64_t i) { return noise(i, 100000); }
  void fill(const BlockOptions& options = small_options()) {
    TestNode node(machine);
    node.must_open(options);
    for (uint64_t i = 0; i < 25; ++i) ASSERT_OK(node.store(block(i)));
    ASSERT_OK(node.drop({block(2), block(3), block(13)}));
    node.settle();
    node.stop();
  }
  // The disk on a machine whose metadata are gone.
  void lose_metadata() { bare.disk = machine.disk; }
  Result<RebuildReport> rebuild(TestNode& node) { return node.loop.run_until_done(node.blocks->rebuild_index({})); }

  Machine machine;
  Machine bare;
};

TEST_F(RebuildTest, EveryRecordIsFoundAgain) {
  fill();
  lose_metadata();
  TestNode node(bare);
  node.must_open();
  EXPECT_EQ(kind_of(node.read(hash_of(block(0)))), ErrorKind::kNotFound);
  auto report = rebuild(node);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->volumes, 3u);
  EXPECT_EQ(report->records, 22u);
  EXPECT_EQ(report->rows_added, 22u);
  EXPECT_EQ(report->records_damaged, 0u);
  for (uint64_t i = 0; i < 25; ++i) {
    if (i == 2 || i == 3 || i == 13) {
      EXPECT_EQ(kind_of(node.read(hash_of(block(i)))), ErrorKind::kNotFound);
    } else {
      EXPECT_EQ(node.read(hash_of(block(i))), block(i));
    }
  }
  EXPECT_EQ(node.blocks->stats().live_bytes, 22 * extent_bytes(100000));
}

TEST_F(RebuildTest, NothingIsTouchedBefore) {
  fill();
  lose_metadata();
  {
    TestNode node(bare);
    node.must_open();
    node.settle();
    EXPECT_EQ(bare.volumes().size(), 3u);
    ASSERT_OK(node.store(block(100)));  // goes to a new volume
    EXPECT_EQ(bare.volumes().size(), 4u);
    ASSERT_OK(node.drop({block(100)}));
    node.settle();
    auto report = node.compact();
    ASSERT_TRUE(report);
    EXPECT_FALSE(*report);
    node.stop();
  }
  // Also after another start.
  TestNode node(bare);
  node.must_open();
  node.settle();
  auto report = rebuild(node);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows_added, 22u);
}

TEST_F(RebuildTest, AfterwardsTheVolumesAreOrdinary) {
  fill();
  lose_metadata();
  {
    TestNode node(bare);
    node.must_open();
    ASSERT_TRUE(rebuild(node));
    for (uint64_t i = 0; i < 25; ++i) {
      if (i != 2 && i != 3 && i != 13 && i != 7) ASSERT_OK(node.drop({block(i)}, owner(9)));
    }
    node.settle();
    EXPECT_EQ(node.blocks->stats().live_bytes, extent_bytes(100000));
    node.stop();
  }
  TestNode node(bare);
  node.must_open();
  auto again = rebuild(node);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->volumes, 0u);
  EXPECT_EQ(node.read(hash_of(block(7))), block(7));
}

TEST_F(RebuildTest, DamagedAndTornRecordsAreLeftOut) {
  fill();
  lose_metadata();
  const uint64_t extent = extent_bytes(100000);
  ASSERT_OK(bare.disk.flip_bits("/data/volumes/00000001.vol", 0 * extent + 3000, 1, 1));     // block 0: payload
  ASSERT_OK(bare.disk.flip_bits("/data/volumes/00000001.vol", 5 * extent + 20, 1, 1));       // block 5: head
  ASSERT_OK(bare.disk.zero_range("/data/volumes/00000003.vol", 4 * extent + 60000, 40076));  // block 24: torn
  ASSERT_OK(bare.disk.cut_short("/data/volumes/00000002.vol", 9 * extent + 5000));           // block 19: cut off
  TestNode node(bare);
  node.must_open();
  auto report = rebuild(node);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->records, 18u);
  EXPECT_EQ(report->records_damaged, 2u);
  EXPECT_EQ(report->torn_tails, 2u);
  for (uint64_t i : {0u, 5u, 19u, 24u}) EXPECT_EQ(kind_of(node.read(hash_of(block(i)))), ErrorKind::kNotFound) << i;
  for (uint64_t i : {1u, 4u, 6u, 18u, 20u, 23u}) EXPECT_EQ(node.read(hash_of(block(i))), block(i)) << i;
}

TEST_F(RebuildTest, AnImitatedRecordIsNotBelieved) {
  const BlockHash target = hash_of("somebody else's block");
  std::string fake =
      encode_head(
          {.codec = Codec::kRaw, .hash = target, .raw_bytes = 6, .stored_bytes = 6, .volume = 1, .offset = 4096},
          piece_checksums("poison")) +
      "poison";
  std::string carrier = noise(1, 100000);
  carrier.replace(4096 - head_bytes(100000), fake.size(), fake);
  {
    TestNode node(machine);
    node.must_open();
    ASSERT_OK(node.store(carrier));
    ASSERT_OK(node.store(block(1)));
    node.stop();
  }
  lose_metadata();
  ASSERT_OK(bare.disk.flip_bits("/data/volumes/00000001.vol", 10, 1, 1));
  TestNode node(bare);
  node.must_open();
  auto report = rebuild(node);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->records_damaged, 1u);
  EXPECT_EQ(report->records, 1u);
  EXPECT_EQ(kind_of(node.read(target)), ErrorKind::kNotFound);
}

TEST_F(RebuildTest, CompressedRecordsToo) {
  BlockOptions options = small_options();
  options.compression_level = 3;
  const std::string text(500000, 'z');
  {
    TestNode node(machine);
    node.must_open(options);
    ASSERT_OK(node.store(text));
    node.stop();
  }
  lose_metadata();
  TestNode node(bare);
  node.must_open(options);
  auto report = rebuild(node);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows_added, 1u);
  EXPECT_EQ(node.read(hash_of(text)), text);
}

// An older copy of the metadata was restored: rows point to what has been freed since, newer blocks have none.
TEST_F(RebuildTest, StaleRowsAreReplaced) {
  TestNode node(machine);
  node.must_open();
  ASSERT_OK(node.store(block(1)));
  const BlockPlace old = node.place(hash_of(block(1)));
  ASSERT_OK(node.drop({block(1)}));
  node.settle();
  ASSERT_OK(node.store(block(1)));
  ASSERT_OK(node.store(block(2)));
  ASSERT_NE(node.place(hash_of(block(1))), old);
  node.shut_down();
  kv::Batch batch;
  batch.put(kv::Family::kBlockIndex, std::string(hash_of(block(1)).view()), encode_place(hash_of(block(1)), old));
  batch.remove(kv::Family::kBlockIndex, std::string(hash_of(block(2)).view()));
  ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));

  BlockOptions options = small_options();
  options.index_lost = true;
  TestNode again(machine);
  again.must_open(options);
  again.settle();
  EXPECT_EQ(kind_of(again.read(hash_of(block(1)))), ErrorKind::kCorrupt);
  auto report = rebuild(again);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows_added, 2u);
  again.settle();
  EXPECT_EQ(again.read(hash_of(block(1))), block(1));
  EXPECT_EQ(again.read(hash_of(block(2))), block(2));
  EXPECT_EQ(again.blocks->stats().live_bytes, 2 * extent_bytes(100000));
}

// An older copy of the metadata is put back, and nobody says so.
struct DoubtTest : RebuildTest {
  // Ten blocks fill the first volume; four are left.
  void fill_and_thin_out(TestNode& node) {
    node.must_open();
    for (uint64_t i = 0; i < 12; ++i) ASSERT_OK(node.store(block(i)));
    for (uint64_t i = 4; i < 10; ++i) ASSERT_OK(node.drop({block(i)}));
    node.settle();
  }
  void write_row(uint64_t i, const std::string& row) {
    kv::Batch batch;
    batch.put(kv::Family::kBlockIndex, std::string(hash_of(block(i)).view()), row);
    ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  }
  static void expect_readable(TestNode& node, std::initializer_list<uint64_t> blocks) {
    for (uint64_t i : blocks) EXPECT_EQ(node.read(hash_of(block(i))).value_or("<none>"), block(i)) << i;
  }
};

TEST_F(DoubtTest, RowsOfAVolumeThatWasCompactedAwayFreeNothing) {
  {
    TestNode node(machine);
    fill_and_thin_out(node);
    std::map<uint64_t, BlockPlace> old;
    for (uint64_t i = 0; i < 4; ++i) old[i] = node.place(hash_of(block(i)));
    auto report = node.compact();
    ASSERT_TRUE(report && *report && (*report)->volume_removed);
    node.shut_down();
    for (const auto& [i, place] : old) write_row(i, encode_place(hash_of(block(i)), place));
  }
  for (int start = 0; start < 2; ++start) {
    TestNode node(machine);
    node.must_open();
    ASSERT_OK(node.store(block(100 + static_cast<uint64_t>(start))));
    node.settle();
    EXPECT_EQ(machine.volumes().size(), 3u + static_cast<size_t>(start));
    EXPECT_GE(node.blocks->stats().frozen_volume_count, 2u);
    node.shut_down();
  }
  {
    TestNode node(machine);
    node.must_open();
    auto report = rebuild(node);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->rows_added, 4u);
    EXPECT_EQ(report->volumes_unread, 0u);
    node.settle();
    expect_readable(node, {0, 1, 2, 3, 10, 11, 100, 101});
    EXPECT_EQ(node.blocks->stats().live_bytes, 8 * extent_bytes(100000));
    node.shut_down();
  }
  TestNode node(machine);
  node.must_open();
  node.settle();
  EXPECT_EQ(node.blocks->stats().frozen_volume_count, 0u);
  expect_readable(node, {0, 1, 2, 3, 10, 11, 100, 101});
}

TEST_F(DoubtTest, ADamagedRowFreesNothing) {
  {
    TestNode node(machine);
    node.must_open();
    for (uint64_t i = 0; i < 3; ++i) ASSERT_OK(node.store(block(i)));
    node.shut_down();
  }
  write_row(1, "rubbish");
  write_row(50, "rubbish of nobody");
  TestNode node(machine);
  node.must_open();
  ASSERT_OK(node.drop({block(0), block(2)}));
  node.settle();
  auto report = rebuild(node);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows_removed, 1u);
  EXPECT_FALSE(node.has_row(hash_of(block(50))));
  node.settle();
  expect_readable(node, {1});
}

// The disk was replaced, or files are lost: that is looked into once, and the rows stay, for the files may come back.
TEST_F(DoubtTest, AVolumeThatStaysAwayIsKnownToBe) {
  TestNode first(machine);
  fill_and_thin_out(first);
  const std::string path = first.path(first.place(hash_of(block(0))));
  first.shut_down();
  ASSERT_OK(machine.disk.rename(path, "/elsewhere"));
  {
    TestNode node(machine);
    node.must_open();
    EXPECT_EQ(node.blocks->stats().frozen_volume_count, 1u);
    ASSERT_TRUE(rebuild(node));
    EXPECT_TRUE(node.has_row(hash_of(block(0))));
    node.shut_down();
  }
  {
    TestNode node(machine);
    node.must_open();
    EXPECT_EQ(node.blocks->stats().frozen_volume_count, 0u);
    node.shut_down();
  }
  ASSERT_OK(machine.disk.rename("/elsewhere", path));
  TestNode node(machine);
  node.must_open();
  node.settle();
  expect_readable(node, {0, 1, 2, 3, 10, 11});
}

// With nothing left there is nothing to look into.
TEST_F(DoubtTest, AnEmptyDiskIsOrdinaryAtOnce) {
  TestNode first(machine);
  first.must_open();
  ASSERT_OK(first.store(block(0)));
  const std::string path = first.path(first.place(hash_of(block(0))));
  first.shut_down();
  ASSERT_OK(machine.disk.remove(path));
  {
    TestNode node(machine);
    node.must_open();
    ASSERT_OK(node.store(block(1)));
    node.shut_down();
  }
  TestNode node(machine);
  node.must_open();
  EXPECT_EQ(node.blocks->stats().frozen_volume_count, 0u);
  expect_readable(node, {1});
}

TEST_F(DoubtTest, ARowThatNamesNoRecordGoes) {
  fill();
  const BlockHash gone = hash_of(block(2));
  BlockPlace place;
  {
    TestNode node(machine);
    node.must_open();
    place = node.place(hash_of(block(1)));
    node.shut_down();
  }
  place.offset += extent_bytes(100000);  // where block 2 had been
  write_row(2, encode_place(gone, place));
  std::vector<BlockHash> told;
  BlockOptions options = small_options();
  options.index_lost = true;
  options.on_damaged = [&told](const BlockHash& hash) { told.push_back(hash); };
  TestNode node(machine);
  node.must_open(options);
  auto report = rebuild(node);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows_removed, 1u);
  EXPECT_FALSE(node.has_row(gone));
  EXPECT_EQ(told, std::vector{gone});
  EXPECT_EQ(node.blocks->stats().live_bytes, 22 * extent_bytes(100000));
}

TEST_F(DoubtTest, WhatCannotBeReadStaysFrozen) {
  fill();
  lose_metadata();
  const uint64_t extent = extent_bytes(100000);
  // The second volume: one record in its body, and of its neighbour the head.
  ASSERT_OK(bare.disk.fail_reads("/data/volumes/00000002.vol", 1 * extent + 50000, 1));
  ASSERT_OK(bare.disk.fail_reads("/data/volumes/00000002.vol", 2 * extent + 100, 1));
  {
    TestNode node(bare);
    node.must_open();
    auto report = rebuild(node);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->rows_added, 20u) << "a bad sector hides none of its neighbours";
    EXPECT_EQ(report->records_damaged, 0u);
    EXPECT_EQ(report->volumes_unread, 1u);
    EXPECT_EQ(node.blocks->stats().frozen_volume_count, 1u);
    node.shut_down();
  }
  bare.disk.heal_reads();
  TestNode node(bare);
  node.must_open();
  node.settle();
  auto report = rebuild(node);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows_added, 2u);
  EXPECT_EQ(node.blocks->stats().frozen_volume_count, 0u);
  EXPECT_EQ(node.blocks->stats().live_bytes, 22 * extent);
}

// An upload has found the row to be wrong, and has written the block anew.
TEST_F(DoubtTest, WhatAnUploadHoldsIsWaitedFor) {
  fill();
  BlockPlace wrong;
  {
    TestNode node(machine);
    node.must_open();
    wrong = node.place(hash_of(block(1)));
    wrong.offset += extent_bytes(100000);
    node.shut_down();
  }
  write_row(1, encode_place(hash_of(block(1)), wrong));
  BlockOptions options = small_options();
  options.index_lost = true;
  TestNode node(machine);
  node.must_open(options);
  std::optional<Result<RebuildReport>> report;
  {
    std::vector<BlockHold> holds;
    auto hold = node.put(block(1));
    ASSERT_TRUE(hold);
    holds.push_back(std::move(*hold));
    ASSERT_OK(node.sync());
    node.start(node.blocks->rebuild_index({}), report);
    node.loop.advance(500ms);
    EXPECT_FALSE(report) << "it waits for the upload";
    ASSERT_OK(node.commit(std::make_shared<AddBlocks>(holds, owner(1))));
  }
  node.loop.advance(10s);
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->volumes_unread, 0u);
  expect_readable(node, {0, 1, 4});
  EXPECT_EQ(node.blocks->stats().live_bytes, 22 * extent_bytes(100000));
}

}  // namespace
}  // namespace garage::block
