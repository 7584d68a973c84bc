#include "table/digest.hpp"

#include <gtest/gtest.h>

#include "table/digest_messages.hpp"
#include "table/local_register.hpp"
#include "table/row_key.hpp"
#include "table/synced_rows.hpp"
#include "table/testing.hpp"

namespace garage::table {
namespace {

using testing::TestNode;

class ObjectVersions final : public VersionedRows {
 public:
  kv::Family family() const override { return kv::Family::kObject; }
  Result<Ord> version_of(std::string_view key, std::string_view value) const override {
    TRY(const auto row, decode_row_view(key, value));
    return row.ord;
  }
};

std::string key_of(uint64_t shard, uint64_t n) {
  return object_row_key(BucketId{}, static_cast<uint16_t>(shard), "key" + std::to_string(n));
}

struct Fixture : TestNode {
  explicit Fixture(uint64_t seed = 1) : TestNode(seed) {
    keeper.add(versions);
    schema.keep_digests(keeper);
  }
  void write(std::string key, std::optional<std::string> value = "v") {
    ++clock.ms;
    ASSERT_TRUE(loop.run_until_done(rows.write(blind(std::move(key), std::move(value)))));
  }
  void on() { ASSERT_TRUE(loop.run_until_done(keeper.switch_on())); }
  bool count() { return *loop.run_until_done(keeper.count_some(kv::Family::kObject)); }
  DigestGrid grid(uint64_t shard) {
    auto grid = keeper.grid(kv::Family::kObject, partition_of(BucketId{}, static_cast<uint16_t>(shard)));
    EXPECT_TRUE(grid && *grid);
    return grid && *grid ? **grid : DigestGrid{};
  }
  // The same rows, counted from the beginning.
  DigestGrid recounted(uint64_t shard) {
    EXPECT_TRUE(loop.run_until_done(keeper.switch_off()));
    on();
    while (!count()) {
    }
    return grid(shard);
  }
  ObjectVersions versions;
  DigestKeeper keeper{store, commits};
  LocalRegister rows{store, commits, pool, ords, schema};
};

TEST(Digest, NothingIsKeptWhileItIsOff) {
  Fixture node;
  node.write(key_of(1, 1));
  EXPECT_EQ(node.store.estimate_count(kv::Family::kDigest), 0u);
  EXPECT_FALSE(*node.keeper.grid(kv::Family::kObject, partition_of(BucketId{}, 1)));
}

TEST(Digest, EqualRowsHaveEqualGridsInWhateverOrderTheyCame) {
  Fixture node;
  node.on();
  EXPECT_TRUE(node.count());
  EXPECT_EQ(node.grid(1), DigestGrid{});
  for (uint64_t n = 0; n < 100; ++n) node.write(key_of(1, n));
  const DigestGrid before = node.grid(1);
  EXPECT_NE(before, DigestGrid{});
  EXPECT_EQ(node.grid(2), DigestGrid{});
  node.write(key_of(1, 5), std::nullopt);  // a tombstone is a row as well
  const DigestGrid after = node.grid(1);
  for (size_t bucket = 0; bucket < kDigestBuckets; ++bucket) {
    EXPECT_EQ(before[bucket] == after[bucket], bucket != digest_bucket_of(key_of(1, 5)));
  }
  EXPECT_EQ(node.recounted(1), after);
}

TEST(Digest, CountsWhatWasThereWhileRowsChange) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Fixture node(seed);
    for (uint64_t n = 0; n < 700; ++n) node.write(key_of(n % 3, node.random.below(900)));
    node.on();
    bool complete = false;
    while (!complete) {
      complete = node.count();
      for (int i = 0; i < 20; ++i) node.write(key_of(node.random.below(3), node.random.below(900)));
    }
    for (uint64_t n = 0; n < 50; ++n) node.write(key_of(n % 3, node.random.below(900)));
    std::array<DigestGrid, 3> kept;
    for (uint64_t shard = 0; shard < 3; ++shard) kept[shard] = node.grid(shard);
    for (uint64_t shard = 0; shard < 3; ++shard) EXPECT_EQ(node.recounted(shard), kept[shard]) << seed;
  }
}

TEST(Digest, GoesOnAfterARestartAndBeginsAnewAfterItWasOff) {
  Fixture node;
  for (uint64_t n = 0; n < 300; ++n) node.write(key_of(1, n));
  node.on();
  EXPECT_FALSE(node.count());
  DigestKeeper again(node.store, node.commits);
  again.add(node.versions);
  ASSERT_TRUE(again.load());
  EXPECT_TRUE(again.on());
  EXPECT_TRUE(*node.loop.run_until_done(again.count_some(kv::Family::kObject)));
  const DigestGrid counted = node.grid(1);
  ASSERT_TRUE(node.loop.run_until_done(node.keeper.switch_off()));
  node.write(key_of(1, 7));
  EXPECT_NE(node.recounted(1), counted);
}

// Nobody could compare any partition of the family by it.
TEST(Digest, ADamagedSumIsCountedAnew) {
  for (const bool written : {false, true}) {
    for (const bool marker : {false, true}) {
      SCOPED_TRACE(std::to_string(written) + std::to_string(marker));
      Fixture node;
      node.on();
      while (!node.count()) {
      }
      for (uint64_t n = 0; n < 100; ++n) node.write(key_of(1, n));
      const DigestGrid before = node.grid(1);
      auto cells = node.store.iterate(kv::Family::kDigest, {});
      marker ? cells->seek(std::string(1, static_cast<char>(kv::Family::kObject)) + "\xff\xff\xff") : cells->seek("");
      ASSERT_TRUE(cells->valid());
      kv::Batch damage;
      damage.put(kv::Family::kDigest, std::string(cells->key()), "garbage");
      ASSERT_TRUE(node.store.write(damage, kv::Durability::kSynced));
      if (written) {
        for (uint64_t n = 0; n < 200; ++n) node.write(key_of(1, n));
      } else {
        const auto damaged = node.keeper.grid(kv::Family::kObject, partition_of(BucketId{}, 1));
        EXPECT_FALSE(damaged && *damaged);
      }
      for (int turn = 0; turn < 10 && !node.count(); ++turn) {
      }
      const DigestGrid after = node.grid(1);
      if (!written) EXPECT_EQ(after, before);
      EXPECT_EQ(after, node.recounted(1));
    }
  }
}

TEST(Digest, SeveralRowsOfOneChangeAddUp) {
  Fixture node;
  node.on();
  EXPECT_TRUE(node.count());
  class Several final : public kv::Change {
   public:
    void reads(std::vector<kv::Key>& out) const override {}
    Result<void> apply(kv::View& view, kv::Batch& batch) override {
      DigestChange change;
      for (uint64_t n = 0; n < 200; ++n) change.replace(kv::Family::kObject, key_of(1, n), {}, {5, n + 1});
      for (uint64_t n = 0; n < 200; ++n) change.replace(kv::Family::kObject, key_of(1, n), {5, n + 1}, {});
      change.replace(kv::Family::kObject, key_of(1, 1), {}, {6, 1});
      change.replace(kv::Family::kObject, key_of(1, 1), {6, 1}, {7, 1});
      return change.apply(view, batch);
    }
  };
  Several several;
  ASSERT_TRUE(node.commits.commit_now(several));
  const DigestGrid grid = node.grid(1);
  for (size_t bucket = 0; bucket < kDigestBuckets; ++bucket) {
    EXPECT_EQ(grid[bucket].is_zero(), bucket != digest_bucket_of(key_of(1, 1)));
  }
}

TEST(DigestMessages, ComeBackAsTheyWereOrAreRefused) {
  const DigestRequest request{DigestLevel::kKeys, kv::Family::kBlockRef, {77}, 0x8000000000000001, "b"};
  auto back = decode_digest_request(encode_digest_request(request));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->partitions, request.partitions);
  EXPECT_EQ(back->buckets, request.buckets);
  EXPECT_EQ(back->behind, "b");
  EXPECT_FALSE(decode_digest_request("garbage"));
  EXPECT_FALSE(decode_digest_request(encode_digest_request({DigestLevel::kGrid, kv::Family::kObject, {1, 2}, 0, {}})));
  EXPECT_FALSE(decode_digest_request(encode_digest_request({DigestLevel::kRoots, kv::Family::kObject, {2048}, 0, {}})));

  DigestAnswer answer;
  answer.ready = true;
  answer.keys = {{"c", {1, 2}}, {"d", {3, 4}}};
  answer.more = true;
  auto told = decode_digest_answer(request, encode_digest_answer(answer));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->keys[1].version, (Ord{3, 4}));
  EXPECT_TRUE(told->more);
  answer.keys = {{"b", {1, 2}}};
  EXPECT_FALSE(decode_digest_answer(request, encode_digest_answer(answer)));
  answer.keys.clear();
  EXPECT_FALSE(decode_digest_answer(request, encode_digest_answer(answer)));  // more behind nothing
  const DigestRequest roots{DigestLevel::kRoots, kv::Family::kObject, {1, 2}, 0, {}};
  answer = {.ready = true, .sums = {{1, 2}, {3, 4}}, .keys = {}};
  EXPECT_EQ(decode_digest_answer(roots, encode_digest_answer(answer))->sums[1], (DigestSum{3, 4}));
  answer.sums.pop_back();
  EXPECT_FALSE(decode_digest_answer(roots, encode_digest_answer(answer)));
}

}  // namespace
}  // namespace garage::table
