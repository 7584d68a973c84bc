#include "table/quorum_ranges.hpp"

#include <gtest/gtest.h>

#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::TestCluster;

RangeQuery query(size_t rows_max = 100, std::string delimiter = "") {
  return {kv::Family::kObject, {"0", "1"}, "", "", std::move(delimiter), rows_max};
}

std::string keys_of(const RangePage& page) {
  std::string out;
  for (const RangeRow& row : page.rows) {
    EXPECT_EQ(row.is_common_prefix, !row.row.value);
    out += row.key + " ";
  }
  return out + (page.more ? "..." : "");
}

struct Fixture : TestCluster {
  using TestCluster::TestCluster;

  // Keys alternate between the two shards.
  static std::string shard_of_key(const std::string& key) { return key.size() % 2 == 0 ? "0" : "1"; }
  void write(std::string key, std::optional<std::string> value = "v") {
    ASSERT_TRUE(put(0, shard_of_key(key) + key, std::move(value)));
  }
  // As `write`, but only these nodes hear of it, and it fails.
  void write_ghost(std::string key, std::optional<std::string> value, size_t only) {
    Row row;
    row.ord = {nodes[only]->parts.clock.ms + ++ghosts, 77};
    row.uuid.bytes[2] = static_cast<unsigned char>(ghosts);
    row.value = std::move(value);
    auto request = std::make_shared<Request>();
    request->operation = Operation::kInstall;
    request->stage = placement.sets.stage;
    request->key = shard_of_key(key) + key;
    request->row = row;
    ASSERT_EQ(run(nodes[only]->replica.handle(request))->verdict, Verdict::kDone);
  }
  std::string list(RangeQuery what, size_t via = 0) {
    auto page = run(nodes[via]->ranges.read(std::move(what)));
    return page ? keys_of(*page) : "error: " + page.error().message;
  }
  // All pages, one after another.
  std::string list_all(RangeQuery what, size_t via = 0) {
    std::string out;
    for (int pages = 0; pages < 100; ++pages) {
      auto page = run(nodes[via]->ranges.read(what));
      if (!page) return "error: " + page.error().message;
      EXPECT_LE(page->rows.size(), what.rows_max);
      for (const RangeRow& row : page->rows) out += row.key + " ";
      if (!page->more) return out;
      what.from = page->next_from;
    }
    return "endless";
  }
  uint64_t ghosts = 100;
};

TEST(QuorumRanges, MergesShardsInKeyOrder) {
  Fixture cluster(4);
  for (const char* key : {"b", "aa", "c", "a", "bb"}) cluster.write(key);
  EXPECT_EQ(cluster.list(query()), "a aa b bb c ");
  EXPECT_EQ(cluster.list(query(), 3), "a aa b bb c ");  // a node that stores nothing
  EXPECT_EQ(cluster.list(query(2)), "a aa ...");
  EXPECT_EQ(cluster.list_all(query(2)), "a aa b bb c ");
  RangeQuery some = query();
  some.prefix = "b";
  EXPECT_EQ(cluster.list(some), "b bb ");
  some.from = "ba";
  EXPECT_EQ(cluster.list(some), "bb ");
}

TEST(QuorumRanges, DeletedKeysStayAway) {
  Fixture cluster;
  for (const char* key : {"a", "b", "c"}) cluster.write(key);
  cluster.down = {2};
  cluster.write("b", std::nullopt);
  cluster.down = {1};
  EXPECT_EQ(cluster.list(query()), "a c ");  // although node 2 still has it
  EXPECT_EQ(cluster.list(query(), 2), "a c ");
  cluster.down = {1, 2};
  EXPECT_EQ(cluster.list(query()), "error: no quorum of a shard's replicas answered");
}

TEST(QuorumRanges, AcknowledgedKeysAreNeverMissing) {
  Fixture cluster;
  cluster.down = {0};
  ASSERT_TRUE(cluster.put(1, "1new", "v"));
  cluster.down = {1};
  EXPECT_EQ(cluster.list(query(), 0), "new ");
}

TEST(QuorumRanges, WhatIsShownIsSettledFirst) {
  Fixture cluster;
  cluster.write("a");
  cluster.write_ghost("b", "ghost", 1);
  cluster.down = {2};
  EXPECT_EQ(cluster.list(query()), "a b ");
  cluster.down = {1};
  EXPECT_EQ(cluster.list(query()), "a b ");  // the only node that had it is gone
}

TEST(QuorumRanges, RollsUpCommonPrefixes) {
  Fixture cluster;
  for (const char* key : {"a", "d/1", "d/22", "d/333", "e", "f//1", "g/x"}) cluster.write(key);
  EXPECT_EQ(cluster.list(query(100, "/")), "a d/ e f/ g/ ");
  EXPECT_EQ(cluster.list(query(2, "/")), "a d/ ...");
  EXPECT_EQ(cluster.list_all(query(2, "/")), "a d/ e f/ g/ ");
  EXPECT_EQ(cluster.list_all(query(1, "/")), "a d/ e f/ g/ ");
  RangeQuery inside = query(100, "/");
  inside.prefix = "d/";
  EXPECT_EQ(cluster.list(inside), "d/1 d/22 d/333 ");
  // No longer there, once all below it is deleted.
  cluster.write("g/x", std::nullopt);
  EXPECT_EQ(cluster.list(query(100, "/")), "a d/ e f/ ");
}

TEST(QuorumRanges, ACommonPrefixLivesWhereAnyRowUnderItLives) {
  Fixture cluster;
  for (const char* key : {"d/1", "d/2", "d/3", "e/1", "z"}) cluster.write(key);
  cluster.down = {2};
  cluster.write("d/1", std::nullopt);
  cluster.write("d/2", std::nullopt);
  cluster.write("e/1", std::nullopt);
  cluster.down = {1};
  // Nodes 0 and 2 name different witnesses for d/, and only one of them names any for e/.
  EXPECT_EQ(cluster.list(query(100, "/")), "d/ z ");
  EXPECT_EQ(cluster.list_all(query(1, "/"), 2), "d/ z ");
  cluster.down = {};
  cluster.write("d/3", std::nullopt);
  EXPECT_EQ(cluster.list(query(100, "/")), "z ");
}

TEST(QuorumRanges, ShowsWhatTheSchemaProjects) {
  Fixture cluster;
  cluster.write("a", "a long value");
  for (auto& node : cluster.nodes) node->parts.schema.projected_bytes = 3;
  auto page = cluster.run(cluster.nodes[1]->ranges.read(query()));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows[0].row.value, "a l");
  EXPECT_EQ(page->rows[0].row.uuid, cluster.stored(0, "1a")->uuid);
  EXPECT_EQ(page->rows[0].row.modified_ms, cluster.stored(0, "1a")->modified_ms);
}

TEST(QuorumRanges, ASilentNodeDelaysNobody) {
  Fixture cluster;
  cluster.write("a");
  cluster.silent = {1};
  const auto before = cluster.loop.now();
  EXPECT_EQ(cluster.list(query()), "a ");
  EXPECT_LT(cluster.loop.now() - before, 1s);
  cluster.loop.advance(60s);  // the call that nobody waits for ends
}

TEST(QuorumRanges, OneOfTwoAnswersWhereTheOtherCannotBeReached) {
  Fixture cluster(2);
  cluster.placement.sets = {1, {id_of(0), id_of(1)}, {{id_of(0), id_of(1)}}};
  cluster.write("a");
  cluster.down = {1};
  EXPECT_EQ(cluster.list(query()), "a ");
  EXPECT_FALSE(cluster.put(0, "1b", "v"));
}

TEST(QuorumRanges, DamageAtOneReplicaIsNoAbsence) {
  Fixture cluster;
  cluster.write("a");
  cluster.write("b");
  kv::Batch damage;
  damage.put(kv::Family::kObject, "1a", "garbage");
  ASSERT_TRUE(cluster.nodes[0]->parts.store.write(damage, kv::Durability::kSynced));
  EXPECT_EQ(cluster.list(query()), "a b ");
  cluster.down = {2};
  EXPECT_EQ(cluster.list(query()), "error: no quorum of a shard's replicas answered");
}

TEST(QuorumRanges, LongRunsOfTombstonesAreWalkedThrough) {
  Fixture cluster;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "k" + std::to_string(10000 + i);
    for (size_t node = 0; node < 3; ++node) cluster.write_ghost(key, std::nullopt, node);
  }
  cluster.write("z");
  EXPECT_EQ(cluster.list_all(query(5)), "z ");
}

TEST(QuorumRanges, SplitReplicaSetsAndRandomHistoriesListWhatIsThere) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Fixture cluster(5);
    cluster.placement.of_first_byte['1'] = {1, {id_of(2), id_of(3), id_of(4)}, {{id_of(2), id_of(3), id_of(4)}}};
    testing::FakeRandom random(seed);
    std::map<std::string, bool> expected;
    for (int i = 0; i < 60; ++i) {
      std::string key(1, static_cast<char>('a' + random.below(4)));
      for (uint64_t n = random.below(4); n > 0; --n) key += random.below(2) ? "/" : "x";
      cluster.down = {1 + random.below(4)};  // whoever is away misses the write
      const bool lives = random.below(3) > 0;
      cluster.write(key, lives ? std::optional<std::string>("v") : std::nullopt);
      expected[key] = lives;
    }
    std::string plain, rolled, last;
    for (const auto& [key, lives] : expected) {
      if (!lives) continue;
      plain += key + " ";
      const std::string prefix(common_prefix_of(key, "", "/"));
      if (prefix.empty()) rolled += key + " ";
      if (!prefix.empty() && prefix != last) rolled += prefix + " ";
      if (!prefix.empty()) last = prefix;
    }
    cluster.down = {random.below(5)};
    const size_t via = *cluster.down.begin() == 0 ? 1 : 0;
    const size_t rows_max = 1 + random.below(7);
    EXPECT_EQ(cluster.list_all(query(rows_max, "/"), via), rolled) << seed;
    EXPECT_EQ(cluster.list_all(query(rows_max), via), plain) << seed;
  }
}

}  // namespace
}  // namespace garage::table
