#include "kv/rocksdb/rocks_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rocksdb/iostats_context.h>
#include <rocksdb/perf_level.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "kv/rocksdb/testing/test_support.hpp"
#include "kv/store_conformance.hpp"

namespace garage::kv {
namespace {

namespace fs = std::filesystem;

struct RocksHarness {
  RocksHarness() { restart(); }
  Store& store() { return *open; }
  void restart() {
    open.reset();
    open = open_or_die(rocks_options(scratch.file("db.rocksdb")));
  }
  bool cut_power() { return false; }

  ScratchDirectory scratch;
  std::unique_ptr<Store> open;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Rocks, StoreConformance, RocksHarness);

namespace {

class RocksStoreTest : public testing::Test {
 protected:
  void open() {
    store_.reset();
    store_ = open_or_die(options_);
  }
  // Putting an older copy back is no way out for one of several nodes.
  static void expect_way_out(const Error& error) {
    EXPECT_NE(error.message.find("`garage layout assign NEW --replace OLD`"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("Only where it is the only node"), std::string::npos) << error.message;
  }
  Error open_failure() {
    store_.reset();
    auto opened = open_rocks_store(options_);
    EXPECT_FALSE(opened);
    return opened ? Error() : opened.error();
  }
  void put(Family family, const std::string& key, const std::string& value) {
    const auto written = store_->write(one_row(family, key, value), Durability::kSynced);
    ASSERT_TRUE(written) << written.error().message;
  }
  // Rows in a table, nothing in memory.
  void fill_table() {
    open();
    for (int i = 0; i < 1000; ++i) put(Family::kObject, "key" + std::to_string(i), std::string(100, 'v'));
    put(Family::kQueue, "other", "1");
    open();
    open();
  }

  ScratchDirectory scratch_;
  RocksOptions options_ = rocks_options(scratch_.file("db.rocksdb"));
  std::unique_ptr<Store> store_;
};

TEST_F(RocksStoreTest, OneProcessAtATime) {
  open();
  const auto second = open_rocks_store(options_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kExists);
  EXPECT_NE(second.error().message.find(options_.directory), std::string::npos);
}

TEST_F(RocksStoreTest, AnotherProcessThatHasItIsToldApartFromOtherTrouble) {
  open();
  store_.reset();
  const std::string lock = options_.directory + "/LOCK";
  std::array<int, 2> held{}, enough{};
  ASSERT_EQ(::pipe(held.data()), 0);
  ASSERT_EQ(::pipe(enough.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    struct flock whole{};
    whole.l_type = F_WRLCK;
    char byte = ::fcntl(::open(lock.c_str(), O_RDWR), F_SETLK, &whole) == 0 ? 'y' : 'n';
    (void)!::write(held[1], &byte, 1);
    ::close(enough[1]);
    (void)!::read(enough[0], &byte, 1);
    ::_exit(0);
  }
  char byte = 0;
  EXPECT_EQ(::read(held[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  Error error = open_failure();
  EXPECT_EQ(error.kind, ErrorKind::kExists);
  EXPECT_NE(error.message.find("another garage"), std::string::npos) << error.message;
  ::close(enough[1]);
  ::waitpid(child, nullptr, 0);
  for (const int end : {held[0], held[1], enough[0]}) ::close(end);

  fs::remove(lock);
  fs::create_directory(lock);  // as good as one that may not be opened
  error = open_failure();
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_EQ(error.message.find("another garage"), std::string::npos) << error.message;
}

TEST_F(RocksStoreTest, TheParentMustExist) {
  options_.directory = scratch_.file("no/such/db.rocksdb");
  EXPECT_EQ(open_failure().kind, ErrorKind::kIo);
}

TEST_F(RocksStoreTest, AFileInThePlaceOfTheDirectoryIsAnError) {
  write_whole(options_.directory, "hello");
  EXPECT_EQ(open_failure().kind, ErrorKind::kIo);
  EXPECT_EQ(read_whole(options_.directory), "hello");
}

TEST_F(RocksStoreTest, ACreationThatWasCutShortStartsAgain) {
  fs::create_directory(options_.directory);
  for (const char* name : {"LOCK", "LOG", "IDENTITY", "MANIFEST-000001", "000001.dbtmp"}) {
    write_whole(options_.directory + "/" + name, "");
  }
  open();
  put(Family::kObject, "a", "1");
  open();
  EXPECT_EQ(*store_->get(Family::kObject, "a"), "1");
}

TEST_F(RocksStoreTest, WithoutItsRootItIsDamagedNotNew) {
  fill_table();
  store_.reset();
  fs::remove(options_.directory + "/CURRENT");
  const size_t files = static_cast<size_t>(std::distance(fs::directory_iterator(options_.directory), {}));
  const Error error = open_failure();
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_NE(error.message.find(options_.directory), std::string::npos);
  expect_way_out(error);
  EXPECT_EQ(static_cast<size_t>(std::distance(fs::directory_iterator(options_.directory), {})), files);
}

TEST_F(RocksStoreTest, AMissingOrDamagedManifestIsAnError) {
  fill_table();
  store_.reset();
  std::string manifest;
  for (const auto& entry : fs::directory_iterator(options_.directory)) {
    if (entry.path().filename().string().starts_with("MANIFEST")) manifest = entry.path();
  }
  const std::string content = read_whole(manifest);
  std::string damaged = content;
  damaged[content.size() / 2] ^= 1;
  write_whole(manifest, damaged);
  const Error error = open_failure();
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  expect_way_out(error);
  fs::remove(manifest);
  const Error missing = open_failure();
  EXPECT_NE(missing.message.find(options_.directory), std::string::npos) << missing.message;
  write_whole(manifest, content);
  open();
  EXPECT_EQ(*store_->get(Family::kQueue, "other"), "1");
}

TEST_F(RocksStoreTest, AMissingTableIsAnError) {
  fill_table();
  store_.reset();
  const auto tables = files_with(options_.directory, ".sst");
  ASSERT_FALSE(tables.empty());
  fs::rename(tables.front(), scratch_.file("kept"));
  const Error error = open_failure();
  EXPECT_NE(error.message.find(options_.directory), std::string::npos) << error.message;
  fs::rename(scratch_.file("kept"), tables.front());
  open();
  EXPECT_EQ(*store_->get(Family::kQueue, "other"), "1");
}

TEST_F(RocksStoreTest, DamagedRowsAreNeverServed) {
  fill_table();
  store_.reset();
  std::string table;
  for (const std::string& path : files_with(options_.directory, ".sst")) {
    if (fs::file_size(path) > 10000) table = path;
  }
  std::string content = read_whole(table);
  content[3000] ^= 4;
  write_whole(table, content);
  open();
  size_t damaged = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto got = store_->get(Family::kObject, "key" + std::to_string(i));
    if (got) {
      EXPECT_EQ(*got, std::string(100, 'v'));
    } else {
      EXPECT_EQ(got.error().kind, ErrorKind::kCorrupt);
      ++damaged;
    }
  }
  EXPECT_GT(damaged, 0u);
  auto it = store_->iterate(Family::kObject, {});
  size_t seen = 0;
  for (it->seek(""); it->valid(); it->next()) ++seen;
  EXPECT_LT(seen, 1000u);
  EXPECT_EQ(it->status().error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(*store_->get(Family::kQueue, "other"), "1");
}

TEST_F(RocksStoreTest, WhatLiesOnlyInTablesIsToldApart) {
  fill_table();
  EXPECT_FALSE(store_->get_if_cached(Family::kObject, "key1")->has_value());
  IterateOptions cached;
  cached.cached_only = true;
  auto cold = store_->iterate(Family::kObject, cached);
  cold->seek("key1");
  EXPECT_FALSE(cold->valid());
  EXPECT_EQ(cold->status().error().kind, ErrorKind::kUnavailable);

  EXPECT_EQ(*store_->get(Family::kObject, "key1"), std::string(100, 'v'));
  EXPECT_EQ(store_->get_if_cached(Family::kObject, "key1")->value(), std::string(100, 'v'));
  auto warm = store_->iterate(Family::kObject, cached);
  warm->seek("key1");
  ASSERT_TRUE(warm->valid());
  EXPECT_EQ(warm->key(), "key1");
}

// With a cache so small that the second half is written as a large database is: indexes and filters in pieces.
TEST_F(RocksStoreTest, FlushesAndCompactionsKeepEverything) {
  options_.memtable_bytes = 2u << 20;
  options_.log_bytes_max = 4u << 20;
  options_.cache_bytes = 64u << 10;
  std::map<Key, std::string> model;
  for (int half = 0; half < 2; ++half) {
    open();
    for (int i = 0; i < 200; ++i) {
      Batch batch;
      for (int j = 0; j < 20; ++j) {
        const Key key{static_cast<Family>(j % 3), "key" + std::to_string((i * 7919 + j) % 4000)};
        model[key] = std::string(2000, 'a') + std::to_string(half * 1000 + i);
        batch.put(key.family, key.bytes, model[key]);
      }
      ASSERT_TRUE(store_->write(batch, Durability::kRelaxed));
    }
  }
  EXPECT_GT(files_with(options_.directory, ".sst").size(), 1u);
  for (int round = 0; round < 2; ++round) {
    for (const auto& [key, value] : model) EXPECT_EQ(*store_->get(key.family, key.bytes), value);
    size_t rows = 0;
    for (const Family family : {Family::kMeta, Family::kSettings, Family::kObject}) {
      auto it = store_->iterate(family, {});
      for (it->seek(""); it->valid(); it->next()) ++rows;
      EXPECT_TRUE(it->status());
    }
    EXPECT_EQ(rows, model.size());
    open();
  }
}

TEST_F(RocksStoreTest, SyncCostsNothingWhereAllIsSynced) {
  open();
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableTime);
  const auto reached_the_device = [this] {
    rocksdb::get_iostats_context()->Reset();
    EXPECT_TRUE(store_->sync());
    return rocksdb::get_iostats_context()->fsync_nanos > 0;
  };
  put(Family::kObject, "a", "1");
  EXPECT_FALSE(reached_the_device());
  ASSERT_TRUE(store_->write(one_row(Family::kObject, "b", "1"), Durability::kRelaxed));
  EXPECT_TRUE(reached_the_device());
  EXPECT_FALSE(reached_the_device());
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
}

TEST_F(RocksStoreTest, ACheckpointOpensAsADatabase) {
  fill_table();
  put(Family::kObject, "late", "1");
  const std::string copy = scratch_.file("snapshot");
  const auto made = store_->checkpoint(copy);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(store_->checkpoint(copy).error().kind, ErrorKind::kExists);
  put(Family::kObject, "later", "1");
  store_.reset();
  fs::remove_all(options_.directory);
  fs::rename(copy, options_.directory);
  open();
  EXPECT_EQ(*store_->get(Family::kObject, "late"), "1");
  EXPECT_EQ(*store_->get(Family::kObject, "later"), std::nullopt);
  EXPECT_EQ(*store_->get(Family::kObject, "key999"), std::string(100, 'v'));
}

}  // namespace
}  // namespace garage::kv
