// Marker files, several drives, read-only ones, and what a start refuses.
#include <gtest/gtest.h>

#include "block/slices.hpp"
#include "block/testing/forwarding_disk.hpp"
#include "block/testing/test_node.hpp"
#include "env/small_file.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct DirectoryTest : ::testing::Test {
  Result<void> start(std::vector<DataDirectory> directories) {
    if (node) {
      node->shut_down();
    }
    node = std::make_unique<TestNode>(machine);
    BlockOptions options = small_options();
    options.directories = std::move(directories);
    return node->open(options);
  }
  std::string marker(const std::string& directory) {
    auto content = env::read_file(machine.disk, directory + "/garage-marker");
    return content ? *content : "";
  }

  Machine machine;
  std::unique_ptr<TestNode> node;
};

TEST_F(DirectoryTest, AMarkerIsMadeAndStays) {
  ASSERT_OK(start({{.path = "/data"}}));
  const std::string id = marker("/data");
  EXPECT_EQ(id.size(), 64u);
  ASSERT_OK(start({{.path = "/data"}}));
  EXPECT_EQ(marker("/data"), id);
}

TEST_F(DirectoryTest, AMissingMarkerIsRefusedWithTheWayOut) {
  ASSERT_OK(start({{.path = "/data"}}));
  const std::string id = marker("/data");
  node->shut_down();
  ASSERT_OK(machine.disk.remove("/data/garage-marker"));
  auto refused = start({{.path = "/data"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("not mounted"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find(id), std::string::npos);
  EXPECT_EQ(marker("/data"), "");  // nothing was made
  node.reset();
  // The way out works.
  ASSERT_OK(env::replace_file(machine.disk, "/data/garage-marker", id + "\n", 0644));
  EXPECT_OK(start({{.path = "/data"}}));
}

TEST_F(DirectoryTest, AnotherDisksMarkerIsRefused) {
  ASSERT_OK(start({{.path = "/data"}}));
  node->shut_down();
  ASSERT_OK(env::replace_file(machine.disk, "/data/garage-marker", std::string(64, 'a'), 0644));
  auto refused = start({{.path = "/data"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another disk"), std::string::npos) << refused.error().message;
  node.reset();
  ASSERT_OK(env::replace_file(machine.disk, "/data/garage-marker", "rubbish", 0644));
  EXPECT_EQ(kind_of(start({{.path = "/data"}})), ErrorKind::kCorrupt);
}

TEST_F(DirectoryTest, AnUnrecordedMarkerIsAdopted) {
  ASSERT_OK(machine.disk.make_directories("/data"));
  ASSERT_OK(env::replace_file(machine.disk, "/data/garage-marker", std::string(64, 'b'), 0644));
  ASSERT_OK(start({{.path = "/data"}}));
  EXPECT_EQ(marker("/data"), std::string(64, 'b'));
  node->shut_down();
  ASSERT_OK(env::replace_file(machine.disk, "/data/garage-marker", std::string(64, 'c'), 0644));
  EXPECT_FALSE(start({{.path = "/data"}}));
}

TEST_F(DirectoryTest, ADirectoryThatMovedIsRecognised) {
  ASSERT_OK(start({{.path = "/old"}}));
  ASSERT_OK(node->store("some block"));
  node->shut_down();
  ASSERT_OK(machine.disk.make_directories("/new/volumes"));
  ASSERT_OK(machine.disk.rename("/old/garage-marker", "/new/garage-marker"));
  ASSERT_OK(machine.disk.rename("/old/volumes/00000001.vol", "/new/volumes/00000001.vol"));
  ASSERT_OK(start({{.path = "/new"}}));
  EXPECT_EQ(node->read(hash_of("some block")), "some block");
}

TEST_F(DirectoryTest, OneDirectoryTwiceIsRefused) {
  ASSERT_OK(start({{.path = "/data"}}));
  const std::string id = marker("/data");
  ASSERT_OK(machine.disk.make_directories("/same"));
  ASSERT_OK(env::replace_file(machine.disk, "/same/garage-marker", id, 0644));
  EXPECT_FALSE(start({{.path = "/data", .capacity_bytes = 1}, {.path = "/same", .capacity_bytes = 1}}));
}

TEST_F(DirectoryTest, TwoProcessesAreRefused) {
  ASSERT_OK(start({{.path = "/data"}}));
  Machine other;
  kv::MemoryStore store;
  TestNode second(machine);
  auto refused = second.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kExists);
}

TEST_F(DirectoryTest, ConfigurationsThatCannotWork) {
  EXPECT_EQ(kind_of(start({})), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of(start({{.path = "/ro", .read_only = true}})), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of(start({{.path = "/a", .capacity_bytes = 1}, {.path = "/b"}})), ErrorKind::kInvalid);
}

TEST_F(DirectoryTest, BlocksAreSpreadByCapacity) {
  ASSERT_OK(start({{.path = "/a", .capacity_bytes = 300}, {.path = "/b", .capacity_bytes = 100}}));
  size_t first = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    auto hold = node->put(noise(i, 100));
    ASSERT_TRUE(hold);
    if (hold->place().directory == 0) ++first;
  }
  EXPECT_NEAR(static_cast<double>(first), 300, 40);
}

TEST_F(DirectoryTest, AReadOnlyDirectoryServesReads) {
  ASSERT_OK(start({{.path = "/old"}}));
  for (uint64_t i = 0; i < 20; ++i) ASSERT_OK(node->store(noise(i, 1000)));
  ASSERT_OK(start({{.path = "/old", .read_only = true}, {.path = "/new", .capacity_bytes = 1}}));
  const uint64_t changes = machine.disk.changes();
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(node->read(hash_of(noise(i, 1000))), noise(i, 1000));
  EXPECT_EQ(machine.disk.changes(), changes);
  ASSERT_OK(node->store(noise(100, 1000)));
  EXPECT_EQ(node->place(hash_of(noise(100, 1000))).directory, 1);
  // Nothing in it is changed, by removal neither.
  ASSERT_OK(node->drop({noise(3, 1000)}));
  node->settle();
  auto old = machine.disk.status("/old/volumes/00000001.vol");
  ASSERT_TRUE(old);
  EXPECT_EQ(kind_of(node->read(hash_of(noise(3, 1000)))), ErrorKind::kNotFound);
  EXPECT_EQ(node->read(hash_of(noise(4, 1000))), noise(4, 1000));
}

// Files of before cannot be opened for writing.
class HardenedDisk : public ForwardingDisk {
 public:
  using ForwardingDisk::ForwardingDisk;
  Result<std::unique_ptr<env::File>> open(std::string path, env::OpenMode how, uint32_t mode) override {
    if (how == env::OpenMode::kReadWrite) return fail(ErrorKind::kIo, "read-only file system");
    return ForwardingDisk::open(std::move(path), how, mode);
  }
};

TEST_F(DirectoryTest, ADiskThatTurnedReadOnlyServesReads) {
  ASSERT_OK(start({{.path = "/data"}}));
  ASSERT_OK(node->store(noise(1, 1000)));
  ASSERT_OK(node->store(noise(2, 1000)));
  node->shut_down();
  HardenedDisk disk(machine.disk);
  TestNode again(machine, kv::Durability::kSynced, &disk);
  again.must_open();
  EXPECT_EQ(again.read(hash_of(noise(1, 1000))), noise(1, 1000));
  ASSERT_OK(again.drop({noise(1, 1000), noise(2, 1000)}));
  again.settle();
  EXPECT_EQ(machine.volumes().size(), 1u) << "nothing is changed there";
  ASSERT_OK(again.store(noise(3, 1000)));
  EXPECT_EQ(machine.volumes().size(), 2u);
  EXPECT_EQ(again.read(hash_of(noise(3, 1000))), noise(3, 1000));
}

// Just now this process can open no more files.
class CrowdedDisk : public ForwardingDisk {
 public:
  using ForwardingDisk::ForwardingDisk;
  Result<std::unique_ptr<env::File>> open(std::string path, env::OpenMode how, uint32_t mode) override {
    if (how == env::OpenMode::kReadWrite && crowded-- > 0) return fail(ErrorKind::kOverloaded, "too many open files");
    return ForwardingDisk::open(std::move(path), how, mode);
  }
  int crowded = 0;
};

TEST_F(DirectoryTest, TooManyOpenFilesMakeNoVolumeReadOnly) {
  ASSERT_OK(start({{.path = "/data"}}));
  ASSERT_OK(node->store(noise(1, 1000)));
  node->shut_down();
  CrowdedDisk disk(machine.disk);
  TestNode again(machine, kv::Durability::kSynced, &disk);
  disk.crowded = 1;
  again.must_open();
  EXPECT_EQ(disk.crowded, 0);
  EXPECT_EQ(again.read(hash_of(noise(1, 1000))), noise(1, 1000));
  ASSERT_OK(again.drop({noise(1, 1000)}));
  again.settle();
  EXPECT_TRUE(machine.volumes().empty()) << "it can be changed as before";
}

// First started over an empty mount point, as a directory that nobody may write to.
TEST_F(DirectoryTest, ADirectoryThatShowsItsMarkerLateIsAdopted) {
  ASSERT_OK(start({{.path = "/disk"}}));
  ASSERT_OK(node->store("some block"));
  node->shut_down();
  Machine other;
  other.lives = 10;  // other random numbers
  other.disk = machine.disk;
  ASSERT_OK(other.disk.rename("/disk/garage-marker", "/elsewhere"));
  ASSERT_OK(other.disk.rename("/disk/volumes/00000001.vol", "/00000001.vol"));
  BlockOptions options = small_options();
  options.directories = {{.path = "/disk", .capacity_bytes = 1, .read_only = true}, {.path = "/new"}};
  {
    TestNode before(other);
    before.must_open(options);
    before.shut_down();
  }
  ASSERT_OK(other.disk.rename("/elsewhere", "/disk/garage-marker"));
  ASSERT_OK(other.disk.rename("/00000001.vol", "/disk/volumes/00000001.vol"));
  options.directories[0].read_only = false;
  options.directories[1].capacity_bytes = 1;
  TestNode after(other);
  after.must_open(options);
  after.settle();
  EXPECT_EQ(after.blocks->stats().frozen_volume_count, 1u);
  ASSERT_OK(after.loop.run_until_done(after.blocks->rebuild_index({})));
  EXPECT_EQ(after.read(hash_of("some block")), "some block");
}

TEST_F(DirectoryTest, ADirectoryThatLeftIsMissedAndItsNumberStaysTaken) {
  ASSERT_OK(start({{.path = "/a", .capacity_bytes = 1}, {.path = "/b", .capacity_bytes = 1}}));
  for (uint64_t i = 0; i < 20; ++i) ASSERT_OK(node->store(noise(i, 1000)));
  ASSERT_OK(start({{.path = "/b", .capacity_bytes = 1}, {.path = "/c", .capacity_bytes = 1}}));
  size_t lost = 0;
  for (uint64_t i = 0; i < 20; ++i) {
    auto read = node->read(hash_of(noise(i, 1000)));
    if (read) {
      EXPECT_EQ(*read, noise(i, 1000));
    } else {
      EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
      ++lost;
      ASSERT_OK(node->store(noise(i, 1000), owner(2)));  // comes again from a peer
      EXPECT_EQ(node->read(hash_of(noise(i, 1000))), noise(i, 1000));
    }
  }
  EXPECT_GT(lost, 0u);
  EXPECT_LT(lost, 20u);
}

TEST_F(DirectoryTest, WhereOneIsFullTheOthersTakeOver) {
  ASSERT_OK(start({{.path = "/a", .capacity_bytes = 1}, {.path = "/b", .capacity_bytes = 1}}));
  machine.disk.fail_change(2, ErrorKind::kNoSpace);  // after the name of a new volume was made, its sync
  ASSERT_OK(node->store(noise(1, 1000)));
  EXPECT_EQ(node->read(hash_of(noise(1, 1000))), noise(1, 1000));
}

TEST(Slices, ProportionalAndComplete) {
  for (const auto& weights :
       std::vector<std::vector<uint64_t>>{{1}, {1, 1}, {1, 2, 5}, {UINT64_MAX, UINT64_MAX}, {0, 7}, {0, 0}}) {
    const Slices slices(weights);
    std::vector<double> counts(weights.size());
    BlockHash hash;
    for (size_t i = 0; i < Slices::kCount; ++i) {
      hash.bytes[2] = static_cast<unsigned char>(i >> 8);
      hash.bytes[3] = static_cast<unsigned char>(i);
      ++counts[slices.directory_of(hash)];
    }
    double total = 0;
    for (uint64_t weight : weights) total += static_cast<double>(weight);
    for (size_t i = 0; i < weights.size() && total > 0; ++i) {
      EXPECT_NEAR(counts[i], static_cast<double>(weights[i]) / total * 1024, 1);
    }
  }
}

}  // namespace
}  // namespace garage::block
