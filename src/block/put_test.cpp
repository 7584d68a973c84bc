// Putting, syncing and reading blocks on a disk that behaves, fills up, or fails.
#include <gtest/gtest.h>

#include <array>

#include "block/testing/one_bad_disk.hpp"
#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct PutTest : ::testing::Test {
  Machine machine;
  TestNode node{machine};
};

TEST_F(PutTest, ABlockIsReadBack) {
  node.must_open();
  for (size_t length : {size_t{1}, size_t{4096}, size_t{65535}, size_t{65536}, size_t{65537}, size_t{200000}}) {
    const std::string bytes = noise(length, length);
    ASSERT_OK(node.store(bytes));
    EXPECT_EQ(node.read(hash_of(bytes)), bytes);
  }
  EXPECT_EQ(node.blocks->stats().blocks_written, 6u);
}

TEST_F(PutTest, BlocksOutsideTheBoundsAreRefused) {
  node.must_open();
  EXPECT_EQ(kind_of(node.put("")), ErrorKind::kInvalid);
}

TEST_F(PutTest, AnUnknownBlockIsNotFound) {
  node.must_open();
  EXPECT_EQ(kind_of(node.read(hash_of("never"))), ErrorKind::kNotFound);
}

TEST_F(PutTest, ABlockWithoutItsCommitIsNotFound) {
  node.must_open();
  auto hold = node.put("early");
  ASSERT_OK(node.sync());
  EXPECT_EQ(kind_of(node.read(hash_of("early"))), ErrorKind::kNotFound);
}

TEST_F(PutTest, EveryRangeIsCut) {
  node.must_open();
  const std::string bytes = noise(1, 5 * kPieceBytes + 777);
  ASSERT_OK(node.store(bytes));
  for (uint64_t offset : {0ul, 1ul, 65535ul, 65536ul, 131072ul, 200000ul, 5ul * kPieceBytes, bytes.size() - 1}) {
    for (uint64_t length : {1ul, 100ul, 65536ul, 65537ul, 1000000ul}) {
      EXPECT_EQ(node.read(hash_of(bytes), offset, length), bytes.substr(offset, length)) << offset << "+" << length;
    }
  }
  EXPECT_EQ(node.read(hash_of(bytes), bytes.size(), 10), "");
  EXPECT_EQ(node.read(hash_of(bytes), UINT64_MAX, UINT64_MAX), "");
  EXPECT_EQ(node.read(hash_of(bytes), 5, 0), "");
}

TEST_F(PutTest, TheSameBlockIsWrittenOnce) {
  node.must_open();
  const std::string bytes = noise(2, 10000);
  ASSERT_OK(node.store(bytes, owner(1)));
  ASSERT_OK(node.store(bytes, owner(2)));
  EXPECT_EQ(node.blocks->stats().blocks_written, 1u);
  EXPECT_EQ(node.blocks->stats().blocks_deduplicated, 1u);
}

// Header, table or payload: the upload heals it.
TEST_F(PutTest, ADamagedCopyIsNotReliedOn) {
  node.must_open();
  const std::string bytes = noise(3, 100000);
  ASSERT_OK(node.store(bytes));
  unsigned char uploads = 1;
  for (uint64_t at : {10ul, 70ul, 99999ul}) {
    const BlockPlace old = node.place(hash_of(bytes));
    ASSERT_OK(machine.disk.flip_bits(node.path(old), old.offset + at, 1, 1));
    ASSERT_OK(node.store(bytes, owner(++uploads)));
    EXPECT_EQ(node.blocks->stats().blocks_written, uploads);
    EXPECT_EQ(node.read(hash_of(bytes)), bytes);
    EXPECT_NE(node.place(hash_of(bytes)), old);
  }
}

TEST_F(PutTest, APayloadThatAReaderFoundDamagedIsHealedByTheNextPut) {
  std::vector<BlockHash> damaged;
  BlockOptions options = small_options();
  options.on_damaged = [&](const BlockHash& hash) { damaged.push_back(hash); };
  node.must_open(options);
  const std::string bytes = noise(3, 10000);
  ASSERT_OK(node.store(bytes));
  const BlockPlace old = node.place(hash_of(bytes));
  ASSERT_OK(machine.disk.flip_bits(node.path(old), old.offset + 5000, 1, 1));
  EXPECT_EQ(kind_of(node.read(hash_of(bytes))), ErrorKind::kCorrupt);
  EXPECT_EQ(damaged, std::vector{hash_of(bytes)});
  ASSERT_OK(node.store(bytes, owner(2)));
  EXPECT_EQ(node.read(hash_of(bytes)), bytes);
  // The bad copy's room is free again.
  node.settle();
  EXPECT_EQ(node.blocks->stats().live_bytes, extent_bytes(10000));
}

TEST_F(PutTest, ADamagedIndexRowCountsAsMissingAndIsReplaced) {
  node.must_open();
  const std::string bytes = noise(3, 10000);
  ASSERT_OK(node.store(bytes));
  kv::Batch batch;
  batch.put(kv::Family::kBlockIndex, std::string(hash_of(bytes).view()), "rubbish");
  ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  EXPECT_EQ(kind_of(node.read(hash_of(bytes))), ErrorKind::kCorrupt);
  ASSERT_OK(node.store(bytes, owner(2)));
  EXPECT_EQ(node.read(hash_of(bytes)), bytes);
}

// Each region of the record; a flipped bit anywhere is seen.
TEST_F(PutTest, FlippedBitsAreSeenEverywhere) {
  node.must_open();
  const std::string bytes = noise(4, 3 * kPieceBytes);
  ASSERT_OK(node.store(bytes));
  const BlockPlace place = node.place(hash_of(bytes));
  const sim::SimDisk good = machine.disk;
  for (uint64_t at = 0; at < record_bytes(place.stored_bytes); at += at < 200 ? 1 : 7919) {
    machine.disk = good;
    ASSERT_OK(machine.disk.flip_bits(node.path(place), place.offset + at, 1, 1));
    TestNode again(machine);
    again.must_open();
    auto read = again.read(hash_of(bytes));
    EXPECT_FALSE(read) << "byte " << at;
    if (!read) {
      EXPECT_TRUE(read.error().kind == ErrorKind::kCorrupt || read.error().kind == ErrorKind::kUnsupported)
          << at << read.error().message;
    }
  }
}

TEST_F(PutTest, ARangeVerifiesOnlyWhatItTouches) {
  node.must_open();
  const std::string bytes = noise(5, 8 * kPieceBytes);
  ASSERT_OK(node.store(bytes));
  const BlockPlace place = node.place(hash_of(bytes));
  const uint64_t payload = place.offset + head_bytes(place.stored_bytes);
  ASSERT_OK(machine.disk.flip_bits(node.path(place), payload + 5 * kPieceBytes + 10, 1, 1));
  for (uint64_t piece = 0; piece < 8; ++piece) {
    auto read = node.read(hash_of(bytes), piece * kPieceBytes, kPieceBytes);
    if (piece == 5) {
      EXPECT_EQ(kind_of(read), ErrorKind::kCorrupt);
    } else {
      EXPECT_EQ(read, bytes.substr(piece * kPieceBytes, kPieceBytes));
    }
  }
  EXPECT_EQ(kind_of(node.read(hash_of(bytes), 5 * kPieceBytes - 1, 2)), ErrorKind::kCorrupt);
}

TEST_F(PutTest, ARecordInTheWrongPlaceIsNotTaken) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 10000)));
  ASSERT_OK(node.store(noise(2, 10000)));
  const BlockHash first = hash_of(noise(1, 10000));
  const BlockPlace one = node.place(first), two = node.place(hash_of(noise(2, 10000)));
  // The row of one block names another's record.
  kv::Batch batch;
  batch.put(kv::Family::kBlockIndex, std::string(first.view()), encode_place(first, two));
  ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  EXPECT_EQ(kind_of(node.read(first)), ErrorKind::kCorrupt);
  // The record itself, whole, where it does not belong: a misdirected write.
  std::string record(record_bytes(one.stored_bytes), '\0');
  auto file = machine.disk.open(node.path(one), env::OpenMode::kReadWrite);
  ASSERT_TRUE((*file)->read_at(one.offset, record));
  const std::array<std::string_view, 1> pieces{record};
  ASSERT_OK((*file)->write_at(two.offset, pieces));
  EXPECT_EQ(kind_of(node.read(first)), ErrorKind::kCorrupt);
}

TEST_F(PutTest, ARecordWhoseEndWasLostIsNotReliedOn) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 100000)));
  const BlockPlace place = node.place(hash_of(noise(1, 100000)));
  node.shut_down();
  ASSERT_OK(machine.disk.cut_short(node.path(place), place.offset + 50000));
  TestNode again(machine);
  again.must_open();
  ASSERT_OK(again.store(noise(1, 100000), owner(2)));
  EXPECT_EQ(again.read(hash_of(noise(1, 100000))), noise(1, 100000));
}

TEST_F(PutTest, AnUnreadableSectorIsAnIoError) {
  machine.disk.faults().cached_read_probability = 0;
  node.must_open();
  const std::string bytes = noise(6, 10000);
  ASSERT_OK(node.store(bytes));
  const BlockPlace place = node.place(hash_of(bytes));
  ASSERT_OK(machine.disk.fail_reads(node.path(place), place.offset + 5000, 1));
  EXPECT_EQ(kind_of(node.read(hash_of(bytes))), ErrorKind::kIo);
  // The next put writes a copy that can be read.
  ASSERT_OK(node.store(bytes, owner(2)));
  EXPECT_EQ(node.read(hash_of(bytes)), bytes);
}

TEST_F(PutTest, CompressionIsUsedWhereItPays) {
  BlockOptions options = small_options();
  options.compression_level = 1;
  node.must_open(options);
  std::string text;
  while (text.size() < 300000) text += "all work and no play makes " + std::to_string(text.size() % 977);
  const std::string rough = noise(7, 300000);
  ASSERT_OK(node.store(text));
  ASSERT_OK(node.store(rough));
  EXPECT_LT(node.place(hash_of(text)).stored_bytes, 100000u);
  EXPECT_EQ(node.place(hash_of(rough)).stored_bytes, 300000u);
  EXPECT_EQ(node.read(hash_of(text)), text);
  EXPECT_EQ(node.read(hash_of(text), 150000, 1000), text.substr(150000, 1000));
  EXPECT_EQ(node.read(hash_of(rough)), rough);
}

TEST_F(PutTest, CompressedBlocksAreCheckedWhole) {
  BlockOptions options = small_options();
  options.compression_level = 1;
  node.must_open(options);
  const std::string text(300000, 'x');
  ASSERT_OK(node.store(text));
  const BlockPlace place = node.place(hash_of(text));
  ASSERT_OK(machine.disk.flip_bits(node.path(place), place.offset + record_bytes(place.stored_bytes) - 1, 1, 1));
  EXPECT_EQ(kind_of(node.read(hash_of(text), 0, 1)), ErrorKind::kCorrupt);
}

TEST_F(PutTest, FullVolumesAreFollowedByNewOnes) {
  node.must_open();
  for (uint64_t i = 0; i < 10; ++i) ASSERT_OK(node.store(noise(i, 300000)));
  EXPECT_EQ(machine.volumes().size(), 4u);  // three fit in one
  for (uint64_t i = 0; i < 10; ++i) EXPECT_EQ(node.read(hash_of(noise(i, 300000))), noise(i, 300000));
}

TEST_F(PutTest, ABlockLargerThanAVolumeGetsOneOfItsOwn) {
  node.must_open();
  const std::string large = noise(8, 3u << 20);
  ASSERT_OK(node.store("small"));
  ASSERT_OK(node.store(large));
  EXPECT_EQ(node.read(hash_of(large)), large);
}

TEST_F(PutTest, MoreVolumesThanOpenFiles) {
  BlockOptions options = small_options();
  options.open_files_max = 2;
  node.must_open(options);
  for (uint64_t i = 0; i < 12; ++i) ASSERT_OK(node.store(noise(i, 600000)));
  for (int round = 0; round < 3; ++round) {
    for (uint64_t i = 0; i < 12; ++i) EXPECT_EQ(node.read(hash_of(noise(i, 600000))), noise(i, 600000));
  }
}

TEST_F(PutTest, ARestartGoesOnInTheSameVolume) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 10000)));
  node.shut_down();
  TestNode again(machine);
  again.must_open();
  ASSERT_OK(again.store(noise(2, 10000)));
  EXPECT_EQ(machine.volumes().size(), 1u);
  EXPECT_EQ(again.read(hash_of(noise(1, 10000))), noise(1, 10000));
  EXPECT_EQ(again.read(hash_of(noise(2, 10000))), noise(2, 10000));
  EXPECT_EQ(kind_of(node.loop.run_until_done(again.blocks->read(hash_of("x"), 0, 1))), ErrorKind::kNotFound);
}

TEST_F(PutTest, GarbageOfACrashIsGivenBackAtStart) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 10000)));
  {
    auto lost = node.put(noise(2, 500000));  // never committed
    ASSERT_OK(node.sync());
    ASSERT_OK(node.store(noise(3, 10000)));
    machine.disk.stop();
    node.blocks.reset();
  }
  machine.disk.start();
  TestNode again(machine);
  again.must_open();
  again.settle();
  auto file = machine.disk.open(again.path(again.place(hash_of(noise(3, 10000)))), env::OpenMode::kRead);
  const auto extents = (*file)->data_extents();
  uint64_t data = 0;
  for (const auto& extent : *extents) data += extent.length;
  EXPECT_LT(data, 100000u);
  EXPECT_EQ(again.read(hash_of(noise(1, 10000))), noise(1, 10000));
  EXPECT_EQ(again.read(hash_of(noise(3, 10000))), noise(3, 10000));
}

TEST_F(PutTest, AFullDiskRefusesWritesServesReadsAndRecovers) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 100000)));
  const uint64_t used = machine.disk.space("/data")->total_bytes - machine.disk.space("/data")->available_bytes;
  machine.disk.faults().capacity_bytes = used + 200000;
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(kind_of(node.put(noise(100 + i, 500000))), ErrorKind::kNoSpace);
  // Nothing leaked: what fits still fits, in the same volume.
  EXPECT_EQ(node.read(hash_of(noise(1, 100000))), noise(1, 100000));
  ASSERT_OK(node.store(noise(2, 100000)));
  EXPECT_EQ(machine.volumes().size(), 1u);
  EXPECT_EQ(node.blocks->stats().live_bytes, 2 * extent_bytes(100000));
  EXPECT_EQ(kind_of(node.put(noise(3, 500000))), ErrorKind::kNoSpace);
  machine.disk.faults().capacity_bytes = 1ull << 30;
  ASSERT_OK(node.store(noise(3, 500000)));
  EXPECT_EQ(node.read(hash_of(noise(3, 500000))), noise(3, 500000));
}

// What is left of a disk then is for deleting, after which there is room again.
TEST_F(PutTest, UploadsLeaveTheHeadroomAlone) {
  node.must_open();
  for (uint64_t i = 0; i < 10; ++i) ASSERT_OK(node.store(noise(i, 100000)));
  const uint64_t used = machine.disk.space("/data")->total_bytes - machine.disk.space("/data")->available_bytes;
  machine.disk.faults().capacity_bytes = used + extent_bytes(100000) + 40000;
  node.loop.advance(2s);  // so long the last look may be relied on
  for (uint64_t i = 10; i < 13; ++i) EXPECT_EQ(kind_of(node.put(noise(i, 100000))), ErrorKind::kNoSpace);
  EXPECT_EQ(node.blocks->stats().live_bytes, 10 * extent_bytes(100000));
  ASSERT_OK(node.drop({noise(0, 100000)}));
  node.settle();
  ASSERT_OK(node.store(noise(10, 100000)));
  EXPECT_EQ(node.read(hash_of(noise(10, 100000))), noise(10, 100000));
}

TEST_F(PutTest, WithoutRoomForRowsNoBlocksAreTaken) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 10000)));
  machine.store.set_short_of_space(true);
  EXPECT_EQ(kind_of(node.put(noise(2, 10000))), ErrorKind::kNoSpace);
  ASSERT_OK(node.drop({noise(1, 10000)}));
  machine.store.set_short_of_space(false);
  ASSERT_OK(node.store(noise(2, 10000)));
}

TEST(OneBadDisk, HarmsOnlyWhatIsOnItAndIsAvoidedForAMinute) {
  Machine machine;
  OneBadDisk disk(machine.disk);
  TestNode node(machine, kv::Durability::kSynced, &disk);
  node.must_open(OneBadDisk::options());
  std::vector<BlockHold> good(1), bad(1);
  block_in(node, OneBadDisk::kGood, 1000, good[0]);
  block_in(node, OneBadDisk::kBad, 1000, bad[0]);
  disk.fails = true;
  EXPECT_EQ(kind_of(node.sync()), ErrorKind::kIo);
  EXPECT_FALSE(good[0].is_lost());
  EXPECT_TRUE(bad[0].is_lost());
  ASSERT_OK(node.commit(std::make_shared<AddBlocks>(good, owner(1))));
  EXPECT_EQ(kind_of(node.commit(std::make_shared<AddBlocks>(bad, owner(1)))), ErrorKind::kIo);

  const auto count_on_bad = [&node](uint64_t first) {
    size_t count = 0;
    for (uint64_t i = first; i < first + 20; ++i) {
      auto hold = node.put(noise(i, 1000));
      EXPECT_TRUE(hold);
      count += hold && hold->place().directory == OneBadDisk::kBad ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(count_on_bad(1000), 0u);
  node.loop.advance(61s);
  EXPECT_GT(count_on_bad(2000), 0u);
}

TEST_F(PutTest, AFailedSyncCondemnsTheVolumeAndWhatItOwed) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 10000)));
  std::vector<BlockHold> holds;
  {
    auto hold = node.put(noise(2, 10000));
    ASSERT_TRUE(hold);
    holds.push_back(std::move(*hold));
  }
  machine.disk.fail_change(1, ErrorKind::kIo);
  EXPECT_EQ(kind_of(node.sync()), ErrorKind::kIo);
  // The hold is worth nothing, and no commit lets it pass. Nobody else is kept from syncing by it.
  EXPECT_TRUE(holds[0].is_lost());
  ASSERT_OK(node.store(noise(3, 10000)));
  EXPECT_EQ(kind_of(node.commit(std::make_shared<AddBlocks>(holds, owner(1)))), ErrorKind::kIo);
  EXPECT_EQ(node.blocks->stats().failed_volume_count, 1u);
  // Once it is gone the store works on, in another volume, also for the same block.
  holds.clear();
  ASSERT_OK(node.store(noise(2, 10000)));
  EXPECT_EQ(machine.volumes().size(), 2u);
  EXPECT_NE(node.place(hash_of(noise(1, 10000))).volume, node.place(hash_of(noise(2, 10000))).volume);
  EXPECT_EQ(node.read(hash_of(noise(1, 10000))), noise(1, 10000));
  EXPECT_EQ(node.read(hash_of(noise(2, 10000))), noise(2, 10000));
}

TEST_F(PutTest, APassingReadErrorLeavesNoBlemish) {
  std::vector<BlockHash> told;
  BlockOptions options = small_options();
  options.on_damaged = [&told](const BlockHash& hash) { told.push_back(hash); };
  node.must_open(options);
  const std::string bytes = noise(1, 100000);
  ASSERT_OK(node.store(bytes));
  const BlockPlace place = node.place(hash_of(bytes));
  ASSERT_OK(machine.disk.fail_reads(node.path(place), place.offset + 5000, 1));
  EXPECT_EQ(kind_of(node.read(hash_of(bytes))), ErrorKind::kIo);
  EXPECT_EQ(told, std::vector{hash_of(bytes)}) << "somebody has to look again";
  EXPECT_FALSE(node.blocks->has(hash_of(bytes)).value()) << "nobody relies on it before";
  machine.disk.heal_reads();
  EXPECT_EQ(node.read(hash_of(bytes), 0, 10), bytes.substr(0, 10));
  EXPECT_FALSE(node.blocks->has(hash_of(bytes)).value()) << "a part proves nothing about the rest";
  EXPECT_EQ(node.read(hash_of(bytes)), bytes);
  EXPECT_TRUE(node.blocks->has(hash_of(bytes)).value());
  EXPECT_EQ(node.blocks->stats().blocks_corrupt, 0u);
}

TEST_F(PutTest, AFailedWriteIsAnErrorAndTheNextOneGoesElsewhere) {
  node.must_open();
  ASSERT_OK(node.store(noise(1, 10000)));
  machine.disk.fail_change(1, ErrorKind::kIo);
  EXPECT_EQ(kind_of(node.put(noise(2, 10000))), ErrorKind::kIo);
  ASSERT_OK(node.store(noise(2, 10000)));
  EXPECT_EQ(machine.volumes().size(), 2u);
  EXPECT_EQ(node.read(hash_of(noise(1, 10000))), noise(1, 10000));
}

TEST_F(PutTest, NothingIsCommittedBeforeItWasSynced) {
  node.must_open();
  std::vector<BlockHold> holds;
  holds.push_back(std::move(*node.put("too early")));
  EXPECT_EQ(kind_of(node.commit(std::make_shared<AddBlocks>(holds, owner(1)))), ErrorKind::kInternal);
  EXPECT_FALSE(node.has_row(hash_of("too early")));
}

TEST_F(PutTest, WithoutSyncABackgroundSyncFollows) {
  BlockOptions options = small_options();
  options.sync = false;
  node.must_open(options);
  const uint64_t before = machine.disk.syncs();
  ASSERT_OK(node.store(noise(1, 10000)));
  ASSERT_OK(node.store(noise(2, 10000)));
  EXPECT_EQ(machine.disk.syncs(), before + 1);  // of the directory, for the new volume
  node.loop.advance(1s);
  EXPECT_EQ(machine.disk.syncs(), before + 2);
  node.loop.advance(10s);
  EXPECT_EQ(machine.disk.syncs(), before + 2);
  machine.power_cut(sim::CutMode::kDropAll);
  TestNode again(machine);
  again.must_open();
  EXPECT_EQ(again.read(hash_of(noise(1, 10000))), noise(1, 10000));
}

TEST_F(PutTest, WithoutSyncManyBytesAreSyncedEarly) {
  BlockOptions options = small_options();
  options.sync = false;
  options.volume_bytes_max = 1u << 30;
  node.must_open(options);
  const uint64_t before = machine.disk.syncs();
  for (uint64_t i = 0; i < 17; ++i) ASSERT_OK(node.put(noise(i, 1u << 20)));
  node.loop.run();
  EXPECT_EQ(machine.disk.syncs(), before + 2);
}

TEST_F(PutTest, StopSyncsAndRefusesMore) {
  BlockOptions options = small_options();
  options.sync = false;
  node.must_open(options);
  ASSERT_OK(node.store(noise(1, 10000)));
  node.stop();
  EXPECT_EQ(kind_of(node.put("late")), ErrorKind::kClosed);
  machine.power_cut(sim::CutMode::kDropAll);
  TestNode again(machine);
  again.must_open();
  EXPECT_EQ(again.read(hash_of(noise(1, 10000))), noise(1, 10000));
}

}  // namespace
}  // namespace garage::block
