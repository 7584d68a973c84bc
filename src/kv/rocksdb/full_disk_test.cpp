// A disk that is full, as a small tmpfs: needs the right to mount one, and is skipped without.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <thread>

#include "kv/rocksdb/testing/failing_files.hpp"
#include "kv/rocksdb/testing/test_support.hpp"

namespace garage::kv {
namespace {

namespace fs = std::filesystem;

class FullDiskTest : public testing::Test {
 protected:
  static constexpr size_t kDiskBytes = 24u << 20;

  void SetUp() override {
    fs::create_directory(mount_);
    const std::string size = "size=" + std::to_string(kDiskBytes);
    if (::mount("tmpfs", mount_.c_str(), "tmpfs", 0, size.c_str()) != 0) {
      GTEST_SKIP() << "cannot mount a small disk here: " << std::strerror(errno);
    }
    mounted_ = true;
    options_.directory = mount_ + "/db.rocksdb";
    options_.memtable_bytes = 4u << 20;
    options_.log_bytes_max = 8u << 20;
  }
  void TearDown() override {
    store_.reset();
    if (mounted_) ::umount(mount_.c_str());
  }

  void open() {
    store_.reset();
    store_ = open_or_die(options_);
  }
  // Takes what is left but for `left` bytes.
  void fill(size_t left = 0) {
    make_room();
    const auto available = static_cast<size_t>(fs::space(mount_).available);
    write_whole(mount_ + "/ballast", std::string(available - std::min(left, available), 'x'));
  }
  void make_room() { fs::remove(mount_ + "/ballast"); }

  Result<void> put(size_t bytes = 1000, Durability durability = Durability::kSynced) {
    auto written = store_->write(
        one_row(Family::kObject, "key" + std::to_string(acknowledged_), std::string(bytes, 'v')), durability);
    if (written) ++acknowledged_;
    return written;
  }
  void expect_all() {
    for (int i = 0; i < acknowledged_; ++i) {
      const auto got = store_->get(Family::kObject, "key" + std::to_string(i));
      ASSERT_TRUE(got) << got.error().message;
      ASSERT_TRUE(*got) << i << " of " << acknowledged_;
    }
    EXPECT_EQ(*store_->get(Family::kObject, "key" + std::to_string(acknowledged_)), std::nullopt);
  }

  ScratchDirectory scratch_;
  const std::string mount_ = scratch_.file("disk");
  bool mounted_ = false;
  RocksOptions options_;
  std::shared_ptr<FailingFiles> files_ = std::make_shared<FailingFiles>();
  std::unique_ptr<Store> store_;
  int acknowledged_ = 0;
};

// The log has no room: refused before RocksDB sees it.
TEST_F(FullDiskTest, ASmallWriteIsRefusedAndWorksOnceThereIsRoom) {
  for (int round = 0; round < 3; ++round) {
    open();
    fill();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(put().error().kind, ErrorKind::kNoSpace);
    expect_all();
    make_room();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(put());
    expect_all();
  }
  open();
  expect_all();
}

TEST_F(FullDiskTest, ALargeWriteIsRefusedAndSmallOnesGoOn) {
  open();
  EXPECT_TRUE(put());
  fill(1u << 20);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(put(3u << 20).error().kind, ErrorKind::kNoSpace);
  make_room();
  EXPECT_TRUE(put(3u << 20));
  open();
  expect_all();
}

// Writing until nothing goes any more: whatever step of RocksDB meets the end of the disk, the log, a table, the
// manifest.
TEST_F(FullDiskTest, WritesAreRefusedAndComeBackWithoutARestart) {
  struct Case {
    size_t bytes;
    size_t left;
  };
  for (const auto& [bytes, ballast_left] : {Case{500, 8u << 20}, Case{20000, 1u << 20}, Case{200000, 8u << 20}}) {
    make_room();
    store_.reset();
    fs::remove_all(options_.directory);
    acknowledged_ = 0;
    open();
    fill(ballast_left);
    int refused = 0;
    for (int i = 0; i < 40000 && refused < 5; ++i) {
      if (auto written = put(bytes, Durability::kRelaxed); !written) {
        EXPECT_EQ(written.error().kind, ErrorKind::kNoSpace) << written.error().message;
        ++refused;
      }
    }
    EXPECT_EQ(refused, 5);
    expect_all();
    make_room();
    for (int i = 0; i < 5; ++i) {
      const auto written = put(bytes);
      EXPECT_TRUE(written) << written.error().message;
    }
    expect_all();
    open();
    expect_all();
    if (HasFailure()) return;
  }
}

// What RocksDB holds in memory has to be written out as well; where little is left it does so, and the log goes.
TEST_F(FullDiskTest, ItTellsWhenWhatIsLeftIsForDeleting) {
  open();
  EXPECT_FALSE(store_->is_short_of_space());
  fill(kDiskBytes / 20);
  EXPECT_TRUE(store_->is_short_of_space());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(put()) << "deleting is possible";
  make_room();
  EXPECT_FALSE(store_->is_short_of_space());

  put(3u << 20);
  fill(kDiskBytes / 16 + (3u << 20) - 4096);
  EXPECT_TRUE(store_->is_short_of_space());
  for (int i = 0; i < 1000 && store_->is_short_of_space(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(store_->is_short_of_space());
  expect_all();
}

// Only who writes begins logs then: the room of the next one is made for its batch.
TEST_F(FullDiskTest, WhoAsksMeanwhileWaitsForNoWriter) {
  options_.files = files_;
  open();
  constexpr size_t kInMemory = 3u << 19;  // worth writing out, and not so much that the next write does it
  put(kInMemory);
  fill(kDiskBytes / 16 + kInMemory - 4096);
  std::promise<void> writing, asked;
  bool in_time = false;
  files_->before_log([&] {
    writing.set_value();
    in_time = asked.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  });
  std::thread writer([this] { EXPECT_TRUE(put()); });
  writing.get_future().wait();
  EXPECT_TRUE(store_->is_short_of_space());
  asked.set_value();
  writer.join();
  files_->before_log({});
  EXPECT_TRUE(in_time);
  for (int i = 0; i < 1000 && store_->is_short_of_space(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(store_->is_short_of_space()) << "the next who asks writes out";
  expect_all();
}

// What settles may use half of the headroom, but not the room for what is still to be written out.
TEST_F(FullDiskTest, SettlingLeavesRoomForWhatIsInMemory) {
  open();
  put(3u << 20);
  fill(kDiskBytes / 32 + (4u << 20));
  EXPECT_TRUE(store_->has_room_to_settle());
  fill(kDiskBytes / 32 + (2u << 20));
  EXPECT_FALSE(store_->has_room_to_settle());
}

// The same, but the process dies while the disk is full.
TEST_F(FullDiskTest, NothingIsLostIfItEndsWhileFull) {
  open();
  fill(2u << 20);
  int refused = 0;
  for (int i = 0; i < 40000 && refused < 5; ++i) {
    if (!put(3000)) ++refused;
  }
  store_.reset();
  if (auto full = open_rocks_store(options_)) {
    store_ = std::move(*full);
    expect_all();
    store_.reset();
  } else {
    EXPECT_EQ(full.error().kind, ErrorKind::kNoSpace) << full.error().message;
  }
  make_room();
  open();
  expect_all();
}

}  // namespace
}  // namespace garage::kv
