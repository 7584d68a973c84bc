#include "kv/memory_store.hpp"

#include <gtest/gtest.h>

#include "kv/store_conformance.hpp"

namespace garage::kv {
namespace {

struct MemoryHarness {
  MemoryStore memory;
  Store& store() { return memory; }
  void restart() {}
  bool cut_power() {
    memory.crash();
    return true;
  }
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreConformance, MemoryHarness);

namespace {

Batch one(std::string key, std::string value) {
  Batch batch;
  batch.put(Family::kObject, std::move(key), std::move(value));
  return batch;
}

TEST(MemoryStore, ACrashKeepsAPrefixOfTheUnsyncedBatches) {
  MemoryStore store;
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(store.write(one(key, "1"), Durability::kRelaxed));
  EXPECT_EQ(store.unsynced_batches(), 3u);
  store.crash(2);
  EXPECT_EQ(store.unsynced_batches(), 0u);
  EXPECT_EQ(store.estimate_count(Family::kObject), 2u);
  EXPECT_EQ(*store.get(Family::kObject, "b"), "1");
  EXPECT_EQ(*store.get(Family::kObject, "c"), std::nullopt);
  store.crash();
  EXPECT_EQ(*store.get(Family::kObject, "b"), "1");
}

TEST(MemoryStore, FailsAsOftenAsAsked) {
  MemoryStore store;
  ASSERT_TRUE(store.write(one("a", "1"), Durability::kSynced));
  store.fail_next_writes(ErrorKind::kNoSpace, 2);
  EXPECT_EQ(store.write(one("a", "2"), Durability::kSynced).error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(store.sync().error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(*store.get(Family::kObject, "a"), "1");
  EXPECT_TRUE(store.write(one("a", "2"), Durability::kSynced));
  store.fail_next_reads(ErrorKind::kCorrupt, 3);
  EXPECT_EQ(store.get(Family::kObject, "a").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(store.multi_get(std::vector<Key>{{Family::kObject, "a"}})[0].error().kind, ErrorKind::kCorrupt);
  auto it = store.iterate(Family::kObject, {});
  it->seek("");
  EXPECT_FALSE(it->valid());
  EXPECT_EQ(it->status().error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(*store.get(Family::kObject, "a"), "2");
}

TEST(MemoryStore, AColdStoreSendsReadersToThePool) {
  MemoryStore store;
  ASSERT_TRUE(store.write(one("a", "1"), Durability::kSynced));
  store.set_cold(true);
  EXPECT_FALSE(store.get_if_cached(Family::kObject, "a")->has_value());
  IterateOptions cached;
  cached.cached_only = true;
  auto it = store.iterate(Family::kObject, cached);
  it->seek("");
  EXPECT_FALSE(it->valid());
  EXPECT_EQ(it->status().error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(*store.get(Family::kObject, "a"), "1");
}

}  // namespace
}  // namespace garage::kv
