// The suite every Store passes, memory or real. Instantiate it with a harness:
//
//   struct Harness {
//     Store& store();             // open, empty at first
//     void restart();             // the process is killed and starts again over the same data
//     bool cut_power();           // the same with a power cut; false where the engine cannot be cut in a unit test
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreConformance, MemoryHarness);
//
// Test code: included by memory_store_test.cpp and rocksdb/rocks_store_test.cpp.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "kv/store.hpp"
#include "kv/testing/store_model.hpp"

namespace garage::kv {

template <class Harness>
class StoreConformance : public testing::Test {
 protected:
  Store& store() { return harness_.store(); }
  void write(const Batch& batch, Durability durability = Durability::kSynced) {
    const auto written = store().write(batch, durability);
    ASSERT_TRUE(written) << written.error().message;
  }
  void put(Family family, std::string key, std::string value, Durability durability = Durability::kSynced) {
    Batch batch;
    batch.put(family, std::move(key), std::move(value));
    write(batch, durability);
  }
  std::optional<std::string> get(Family family, std::string_view key) {
    auto got = store().get(family, key);
    EXPECT_TRUE(got) << got.error().message;
    return got ? *got : std::nullopt;
  }
  std::string keys(Family family, std::string lower, std::string upper, std::string_view from) {
    IterateOptions options;
    options.lower_bound = std::move(lower);
    options.upper_bound = std::move(upper);
    auto it = store().iterate(family, options);
    std::string out;
    for (it->seek(from); it->valid(); it->next()) out += std::string(it->key()) + " ";
    EXPECT_TRUE(it->status());
    return out;
  }
  std::string keys_down(Family family, std::string lower, std::string upper, std::string_view from) {
    IterateOptions options;
    options.lower_bound = std::move(lower);
    options.upper_bound = std::move(upper);
    auto it = store().iterate(family, options);
    std::string out;
    for (it->seek_last(from); it->valid(); it->previous()) out += std::string(it->key()) + " ";
    EXPECT_TRUE(it->status());
    return out;
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(StoreConformance);

TYPED_TEST_P(StoreConformance, KeepsAnyBytes) {
  using namespace std::string_literals;
  const std::map<std::string, std::string> rows{
      {"", "the empty key"},  {"\0"s, ""},          {"\0\0"s, "\0"s},
      {"a\0b"s, "\0\xff\0"s}, {"\xff\xff", "high"}, {std::string(5000, 'k'), std::string(1 << 20, 'v')}};
  Batch batch;
  for (const auto& [key, value] : rows) batch.put(Family::kObject, key, value);
  this->write(batch);
  auto it = this->store().iterate(Family::kObject, {});
  it->seek("");
  for (const auto& [key, value] : rows) {
    EXPECT_EQ(this->get(Family::kObject, key), value);
    ASSERT_TRUE(it->valid());
    EXPECT_EQ(it->key(), key);
    EXPECT_EQ(it->value(), value);
    it->next();
  }
  EXPECT_FALSE(it->valid());
  EXPECT_EQ(this->get(Family::kObject, "\0\0\0"s), std::nullopt);
}

TYPED_TEST_P(StoreConformance, FamiliesAreApart) {
  Batch batch;
  for (size_t i = 0; i < kFamilyCount; ++i) batch.put(static_cast<Family>(i), "key", std::to_string(i));
  this->write(batch);
  for (size_t i = 0; i < kFamilyCount; ++i) {
    EXPECT_EQ(this->get(static_cast<Family>(i), "key"), std::to_string(i));
    EXPECT_EQ(this->keys(static_cast<Family>(i), "", "", ""), "key ");
  }
}

TYPED_TEST_P(StoreConformance, LaterEntriesOfABatchWin) {
  Batch batch;
  batch.put(Family::kMeta, "a", "1");
  batch.put(Family::kMeta, "a", "2");
  batch.put(Family::kMeta, "b", "1");
  batch.remove(Family::kMeta, "b");
  batch.remove(Family::kMeta, "c");
  batch.put(Family::kMeta, "c", "3");
  batch.remove(Family::kMeta, "never there");
  this->write(batch);
  EXPECT_EQ(this->get(Family::kMeta, "a"), "2");
  EXPECT_EQ(this->get(Family::kMeta, "b"), std::nullopt);
  EXPECT_EQ(this->get(Family::kMeta, "c"), "3");
  this->write(Batch());
}

TYPED_TEST_P(StoreConformance, MultiGetAnswersInOrder) {
  Batch batch;
  batch.put(Family::kObject, "a", "object a");
  batch.put(Family::kQueue, "a", "queue a");
  batch.put(Family::kObject, "b", "");
  this->write(batch);
  const std::vector<Key> keys{{Family::kQueue, "a"},  {Family::kObject, "b"}, {Family::kObject, "nothing"},
                              {Family::kObject, "a"}, {Family::kQueue, "a"},  {Family::kMeta, "a"}};
  const auto rows = this->store().multi_get(keys);
  ASSERT_EQ(rows.size(), keys.size());
  for (const auto& row : rows) ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(*rows[0], "queue a");
  EXPECT_EQ(*rows[1], "");
  EXPECT_EQ(*rows[2], std::nullopt);
  EXPECT_EQ(*rows[3], "object a");
  EXPECT_EQ(*rows[4], "queue a");
  EXPECT_EQ(*rows[5], std::nullopt);
  EXPECT_TRUE(this->store().multi_get({}).empty());
}

TYPED_TEST_P(StoreConformance, WhatWasJustWrittenIsInMemory) {
  this->put(Family::kObject, "a", "1");
  const auto there = this->store().get_if_cached(Family::kObject, "a");
  ASSERT_TRUE(there && *there);
  EXPECT_EQ(**there, "1");
  IterateOptions cached;
  cached.cached_only = true;
  const auto it = this->store().iterate(Family::kObject, cached);
  it->seek("");
  ASSERT_TRUE(it->valid());
  EXPECT_EQ(it->value(), "1");
}

TYPED_TEST_P(StoreConformance, CursorsStayInsideTheirBounds) {
  for (const char* key : {"a", "b", "c", "d", "e"}) this->put(Family::kObject, key, "");
  EXPECT_EQ(this->keys(Family::kObject, "", "", ""), "a b c d e ");
  EXPECT_EQ(this->keys(Family::kObject, "", "", "bb"), "c d e ");
  EXPECT_EQ(this->keys(Family::kObject, "b", "d", ""), "b c ");
  EXPECT_EQ(this->keys(Family::kObject, "b", "d", "a"), "b c ");
  EXPECT_EQ(this->keys(Family::kObject, "b", "d", "d"), "");
  EXPECT_EQ(this->keys(Family::kObject, "bb", "bc", ""), "");
  EXPECT_EQ(this->keys(Family::kObject, "x", "", ""), "");
  EXPECT_EQ(this->keys_down(Family::kObject, "", "", "zz"), "e d c b a ");
  EXPECT_EQ(this->keys_down(Family::kObject, "", "", "c"), "c b a ");
  EXPECT_EQ(this->keys_down(Family::kObject, "", "", "bb"), "b a ");
  EXPECT_EQ(this->keys_down(Family::kObject, "b", "d", "z"), "c b ");
  EXPECT_EQ(this->keys_down(Family::kObject, "b", "d", "d"), "c b ");
  EXPECT_EQ(this->keys_down(Family::kObject, "b", "d", "a"), "");
  EXPECT_EQ(this->keys_down(Family::kQueue, "", "", "z"), "");
}

TYPED_TEST_P(StoreConformance, CursorsTurnRound) {
  for (const char* key : {"a", "b", "c"}) this->put(Family::kObject, key, key);
  auto it = this->store().iterate(Family::kObject, {});
  it->seek("b");
  it->next();
  ASSERT_TRUE(it->valid());
  EXPECT_EQ(it->key(), "c");
  it->previous();
  it->previous();
  ASSERT_TRUE(it->valid());
  EXPECT_EQ(it->key(), "a");
  EXPECT_EQ(it->value(), "a");
  it->previous();
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status());
  it->seek("a");
  EXPECT_TRUE(it->valid());
}

TYPED_TEST_P(StoreConformance, CursorsSeeTheMomentTheyWereMade) {
  for (const char* key : {"a", "b", "c"}) this->put(Family::kObject, key, "old");
  auto it = this->store().iterate(Family::kObject, {});
  Batch batch;
  batch.put(Family::kObject, "a", "new");
  batch.remove(Family::kObject, "b");
  batch.put(Family::kObject, "aa", "new");
  this->write(batch);
  std::string seen;
  for (it->seek(""); it->valid(); it->next()) seen += std::string(it->key()) + "=" + std::string(it->value()) + " ";
  EXPECT_EQ(seen, "a=old b=old c=old ");
  EXPECT_EQ(this->keys(Family::kObject, "", "", ""), "a aa c ");
}

TYPED_TEST_P(StoreConformance, ARestartLosesNothing) {
  this->put(Family::kObject, "synced", "1");
  this->put(Family::kObject, "relaxed", "2", Durability::kRelaxed);
  for (int i = 0; i < 3; ++i) {
    this->harness_.restart();
    EXPECT_EQ(this->get(Family::kObject, "synced"), "1");
    EXPECT_EQ(this->get(Family::kObject, "relaxed"), "2");
  }
  EXPECT_GE(this->store().estimate_count(Family::kObject), 2u);
}

TYPED_TEST_P(StoreConformance, APowerCutKeepsWhatWasSynced) {
  this->put(Family::kObject, "a", "1", Durability::kRelaxed);
  ASSERT_TRUE(this->store().sync());
  this->put(Family::kObject, "b", "1", Durability::kRelaxed);
  this->put(Family::kQueue, "c", "1");  // carries everything before it along
  this->put(Family::kObject, "a", "2", Durability::kRelaxed);
  if (!this->harness_.cut_power()) GTEST_SKIP() << "power cuts of this engine are tested on real file systems";
  EXPECT_EQ(this->get(Family::kObject, "a"), "1");
  EXPECT_EQ(this->get(Family::kObject, "b"), "1");
  EXPECT_EQ(this->get(Family::kQueue, "c"), "1");
}

TYPED_TEST_P(StoreConformance, ReadersSeeWholeBatches) {
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::thread reader([this, &done, &torn] {
    const std::vector<Key> keys{{Family::kObject, "n"}, {Family::kQueue, "n"}, {Family::kDigest, "n"}};
    while (!done) {
      const auto rows = this->store().multi_get(keys);
      if (*rows[0] != *rows[1] || *rows[0] != *rows[2]) ++torn;
    }
  });
  for (int i = 0; i < 300; ++i) {
    Batch batch;
    for (const Family family : {Family::kObject, Family::kQueue, Family::kDigest})
      batch.put(family, "n", std::to_string(i));
    this->write(batch, Durability::kRelaxed);
  }
  done = true;
  reader.join();
  EXPECT_EQ(torn, 0);
}

TYPED_TEST_P(StoreConformance, AgreesWithAModel) {
  StoreModel model(1);
  for (int step = 0; step < 3000; ++step) {
    model.step(this->store());
    if (testing::Test::HasFailure()) FAIL() << "after step " << step;
    if (step % 500 == 499) {
      model.drop_cursors();
      this->harness_.restart();
      model.check_all(this->store());
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreConformance, KeepsAnyBytes, FamiliesAreApart, LaterEntriesOfABatchWin,
                            MultiGetAnswersInOrder, WhatWasJustWrittenIsInMemory, CursorsStayInsideTheirBounds,
                            CursorsTurnRound, CursorsSeeTheMomentTheyWereMade, ARestartLosesNothing,
                            APowerCutKeepsWhatWasSynced, ReadersSeeWholeBatches, AgreesWithAModel);

}  // namespace garage::kv
