// A file system that can't punch holes and can't tell where they are: room comes back by compaction alone.
#include <gtest/gtest.h>

#include "block/testing/forwarding_disk.hpp"
#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

class PlainFile : public ForwardingFile {
 public:
  using ForwardingFile::ForwardingFile;
  Result<std::optional<size_t>> read_at_cached(uint64_t, std::span<char>) override { return std::nullopt; }
  Result<void> punch_hole(uint64_t, uint64_t) override { return fail(ErrorKind::kUnsupported, "no holes here"); }
  Result<std::vector<env::Extent>> data_extents() override {
    TRY(const uint64_t length, size());
    return std::vector<env::Extent>{{.offset = 0, .length = length}};
  }
};

class PlainDisk : public ForwardingDisk {
 public:
  using ForwardingDisk::ForwardingDisk;
  Result<std::unique_ptr<env::File>> open(std::string path, env::OpenMode how, uint32_t mode) override {
    TRY(auto file, ForwardingDisk::open(std::move(path), how, mode));
    return std::make_unique<PlainFile>(std::move(file));
  }
};

TEST(NoHoles, CompactionReturnsTheRoom) {
  Machine machine;
  PlainDisk disk(machine.disk);
  TestNode node(machine, kv::Durability::kSynced, &disk);
  node.must_open();
  for (uint64_t i = 0; i < 12; ++i) ASSERT_OK(node.store(noise(i, 100000)));
  for (uint64_t i = 0; i < 10; ++i) {
    if (i != 4) ASSERT_OK(node.drop({noise(i, 100000)}));
  }
  node.settle();
  auto report = node.compact();
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->records_moved, 1u);
  EXPECT_TRUE((*report)->volume_removed);
  for (uint64_t i : {4u, 10u, 11u}) EXPECT_EQ(node.read(hash_of(noise(i, 100000))), noise(i, 100000));
}

// Freed records reappear, unreferenced.
TEST(NoHoles, ARebuildFindsEverythingThatWasEverWritten) {
  Machine machine;
  PlainDisk disk(machine.disk);
  {
    TestNode node(machine, kv::Durability::kSynced, &disk);
    node.must_open();
    for (uint64_t i = 0; i < 5; ++i) ASSERT_OK(node.store(noise(i, 100000)));
    ASSERT_OK(node.drop({noise(1, 100000)}));
    ASSERT_OK(node.drop({noise(2, 100000)}));
    node.settle();
    ASSERT_OK(node.store(noise(2, 100000)));  // lies there twice now
    node.stop();
  }
  Machine bare;
  bare.disk = machine.disk;
  PlainDisk again(bare.disk);
  TestNode node(bare, kv::Durability::kSynced, &again);
  node.must_open();
  auto report = node.loop.run_until_done(node.blocks->rebuild_index({}));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows_added, 5u);
  EXPECT_EQ(node.blocks->stats().live_bytes, 5 * extent_bytes(100000));
  for (uint64_t i = 0; i < 5; ++i) EXPECT_EQ(node.read(hash_of(noise(i, 100000))), noise(i, 100000));
}

}  // namespace
}  // namespace garage::block
