// A node that keeps a row no longer lets go of it once all who keep it now have it, and not before.
#include "table/former_rows.hpp"

#include <gtest/gtest.h>

#include "table/promise.hpp"
#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::key_of;
using testing::TestCluster;

ReplicaSets kept_by(std::vector<size_t> nodes, uint64_t stage) {
  ReplicaSets sets{stage, {}, {{}}};
  for (const size_t node : nodes) sets.read.push_back(id_of(node));
  sets.write[0] = sets.read;
  return sets;
}

constexpr std::string_view kPart = "/part";  // such a row is ruled by the one whose key is without it

class CountingRules final : public FormerRules {
 public:
  Result<void> on_let_go(kv::View& view, kv::Batch& batch, std::string_view key, const Row& row) const override {
    ++let_go;
    return {};
  }
  std::string ruled_by(std::string_view key) const override {
    return key.ends_with(kPart) ? std::string(key.substr(0, key.size() - kPart.size())) : std::string();
  }
  mutable size_t let_go = 0;
};

struct Fixture : TestCluster {
  Fixture() : TestCluster(4) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      Node& node = *nodes[i];
      node.parts.schema.with_companions = true;
      synced.push_back(std::make_unique<SyncedRegister>(id_of(i), node.replica, node.peers, placement, node.quorum));
      duties.push_back(std::make_unique<FormerRows>(id_of(i), node.parts.store, node.parts.commits, node.parts.pool,
                                                    node.caller, node.peers, [this] { return settled; }));
      duties[i]->add(node.parts.schema, rules, placement, *synced[i]);
    }
  }
  void put_with_body(uint64_t n, const std::string& body = "body") {
    Write write = nodes[0]->parts.blind(key_of(n), "value");
    write.companions = {{kv::Family::kInline, std::string(write.uuid.view()), body}};
    ASSERT_TRUE(run(nodes[0]->quorum.write(std::move(write))));
    loop.advance(1s);
  }
  void without_companions() {
    for (auto& node : nodes) node->parts.schema.with_companions = false;
  }
  FormerRows::Report let_go(size_t index) { return run(duties[index]->run_once()).value(); }
  size_t count(size_t index, kv::Family family) {
    size_t count = 0;
    auto rows = nodes[index]->parts.store.iterate(family, {});
    for (rows->seek(""); rows->valid(); rows->next()) ++count;
    return count;
  }

  CountingRules rules;
  bool settled = true;
  std::vector<std::unique_ptr<SyncedRegister>> synced;
  std::vector<std::unique_ptr<FormerRows>> duties;
};

TEST(FormerRows, TheyGoOnceAllWhoKeepThemHaveThem) {
  Fixture cluster;
  for (uint64_t n = 0; n < 40; ++n) cluster.put_with_body(n);
  EXPECT_EQ(cluster.let_go(0).let_go, 0u) << "they belong here";
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  const auto report = cluster.let_go(0);
  EXPECT_EQ(report.let_go, 40u);
  EXPECT_EQ(report.kept, 0u);
  EXPECT_EQ(cluster.rules.let_go, 40u);
  for (const kv::Family family : {kv::Family::kObject, kv::Family::kInline, kv::Family::kPromise}) {
    EXPECT_EQ(cluster.count(0, family), 0u);
  }
  for (uint64_t n = 0; n < 40; ++n) EXPECT_EQ(cluster.value_at(3, key_of(n)), "value");
  EXPECT_EQ(cluster.count(3, kv::Family::kInline), 40u) << "who lacked them got what lies beside them, too";
  EXPECT_EQ(cluster.let_go(0).let_go, 0u);
  for (size_t index : {1u, 2u, 3u}) EXPECT_EQ(cluster.let_go(index).let_go, 0u);
}

TEST(FormerRows, NoneGoesWhileAKeeperIsAway) {
  Fixture cluster;
  for (uint64_t n = 0; n < 5; ++n) cluster.put_with_body(n);
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  cluster.down = {3};
  auto report = cluster.let_go(0);
  EXPECT_EQ(report.let_go, 0u);
  EXPECT_EQ(report.kept, 5u);
  cluster.down = {};
  cluster.deaf_to = {{3, std::string(kPresenceOperation)}};
  report = cluster.let_go(0);
  EXPECT_EQ(report.let_go, 0u) << "connected is not enough";
  EXPECT_EQ(report.kept, 5u);
  cluster.deaf_to = {};
  EXPECT_EQ(cluster.let_go(0).let_go, 5u);
}

TEST(FormerRows, NobodyIsAskedForRowsThatANodeKeepsWhichIsAway) {
  Fixture cluster;
  for (uint64_t n = 0; n < 300; ++n) cluster.put_with_body(n);
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  auto& messages = cluster.nodes[0]->caller.messages;
  messages = 0;
  cluster.down = {3};
  EXPECT_EQ(cluster.let_go(0).kept, 300u);
  EXPECT_EQ(messages, 0);
  cluster.down = {};
  cluster.deaf_to = {{3, std::string(kPresenceOperation)}};
  EXPECT_EQ(cluster.let_go(0).kept, 300u);
  EXPECT_EQ(messages, 3) << "who says nothing is not asked again in this round";
  cluster.deaf_to = {};
  EXPECT_EQ(cluster.let_go(0).let_go, 300u);
}

TEST(FormerRows, WhereAllHaveThemAFewMessagesDoForHundreds) {
  Fixture cluster;
  for (uint64_t n = 0; n < 300; ++n) cluster.put_with_body(n);
  cluster.placement.sets = kept_by({1, 2}, 3);
  auto& messages = cluster.nodes[0]->caller.messages;
  messages = 0;
  EXPECT_EQ(cluster.let_go(0).let_go, 300u);
  EXPECT_EQ(messages, 4);
}

// A power cut of all who keep them, right after this node has let go: nobody else has them any more.
TEST(FormerRows, NoneGoesBeforeItIsOnTheDevicesOfThoseWhoKeepIt) {
  Fixture cluster;
  cluster.put_with_body(1);
  const Row row = *cluster.stored(0, key_of(1));
  kv::Batch gone, late;
  gone.remove(kv::Family::kObject, key_of(1));
  late.put(kv::Family::kObject, key_of(1), encode_row(key_of(1), row));
  late.put(kv::Family::kInline, std::string(row.uuid.view()), "body");
  for (const size_t keeper : {1u, 2u, 3u}) {
    auto& store = cluster.nodes[keeper]->parts.store;
    ASSERT_TRUE(store.write(gone, kv::Durability::kSynced));
    ASSERT_TRUE(store.write(late, kv::Durability::kRelaxed));
  }
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  EXPECT_EQ(cluster.let_go(0).let_go, 1u);
  for (const size_t keeper : {1u, 2u, 3u}) {
    cluster.nodes[keeper]->parts.store.crash();
    EXPECT_EQ(cluster.value_at(keeper, key_of(1)), "value");
  }
}

TEST(FormerRows, ADamagedRowStopsNoOther) {
  Fixture cluster;
  for (uint64_t n = 0; n < 5; ++n) cluster.put_with_body(n);
  kv::Batch damage;
  damage.put(kv::Family::kObject, "short", "key");
  damage.put(kv::Family::kObject, key_of(3), "damaged");
  ASSERT_TRUE(cluster.nodes[0]->parts.store.write(damage, kv::Durability::kSynced));
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  const auto report = cluster.let_go(0);
  EXPECT_EQ(report.let_go, 4u);
  EXPECT_EQ(report.kept, 0u);
  EXPECT_EQ(report.unreadable, 2u);
  EXPECT_EQ(cluster.duties[0]->unreadable(), 2u);
  EXPECT_EQ(cluster.count(0, kv::Family::kObject), 2u) << "what cannot be read stays";
}

TEST(FormerRows, NothingIsBroughtToANodeThatIsAlone) {
  Fixture cluster;
  cluster.put_with_body(1);
  cluster.placement.sets = kept_by({3}, 3);
  const auto report = cluster.let_go(0);
  EXPECT_EQ(report.let_go, 0u);
  EXPECT_EQ(report.kept, 1u);
  EXPECT_FALSE(cluster.stored(3, key_of(1))) << "it may have been deleted and forgotten there";
}

TEST(FormerRows, ARowWithoutWhatBelongsBesideItIsNone) {
  Fixture cluster;
  cluster.put_with_body(1);
  kv::Batch batch;
  const auto body = cluster.stored(1, key_of(1))->uuid;
  batch.remove(kv::Family::kInline, std::string(body.view()));
  ASSERT_TRUE(cluster.nodes[1]->parts.store.write(batch, kv::Durability::kSynced));
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  cluster.deaf_to = {{0, std::string(kCompanionOperation)}};
  EXPECT_EQ(cluster.let_go(0).kept, 1u) << "nobody can give it";
  EXPECT_EQ(cluster.count(0, kv::Family::kInline), 1u);
  cluster.deaf_to = {};
  EXPECT_EQ(cluster.let_go(0).let_go, 1u);
  for (size_t keeper : {1u, 2u, 3u}) EXPECT_EQ(cluster.count(keeper, kv::Family::kInline), 1u);
  EXPECT_EQ(cluster.count(0, kv::Family::kInline), 0u);
}

TEST(FormerRows, NoneGoesDuringALayoutChangeOrWhereItBelongs) {
  Fixture cluster;
  cluster.put_with_body(1);
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  cluster.settled = false;
  EXPECT_EQ(cluster.let_go(0).let_go, 0u);
  cluster.settled = true;
  cluster.placement.sets = {4, cluster.placement.sets.read, {cluster.placement.sets.read, kept_by({0}, 4).read}};
  EXPECT_EQ(cluster.let_go(0).let_go, 0u) << "two sets of replicas";
  cluster.placement.sets = {};
  EXPECT_EQ(cluster.let_go(0).let_go, 0u) << "nobody knows whose it is";
  EXPECT_EQ(cluster.value_at(0, key_of(1)), "value");
}

TEST(FormerRows, ANewerRowThanTheirsIsBroughtToThem) {
  Fixture cluster;
  cluster.put_with_body(1);
  cluster.placement.sets = kept_by({0, 1, 2}, 1);
  cluster.down = {1, 2};
  // A write that reached this node alone, and was not confirmed.
  EXPECT_FALSE(cluster.put(0, key_of(1), "newer"));
  cluster.down = {};
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  const auto report = cluster.let_go(0);
  EXPECT_EQ(report.let_go + report.kept, 1u);
  if (report.kept > 0) EXPECT_EQ(cluster.let_go(0).let_go, 1u);
  EXPECT_EQ(cluster.stored(1, key_of(1)), cluster.stored(3, key_of(1)));
}

TEST(FormerRows, ANewerRowComesHereFirst) {
  Fixture cluster;
  cluster.without_companions();
  ASSERT_TRUE(cluster.put(0, key_of(1), "older"));
  cluster.loop.advance(1s);
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  ASSERT_TRUE(cluster.put(1, key_of(1), "newer"));
  const int before = cluster.nodes[0]->parts.schema.derivations;
  EXPECT_EQ(cluster.let_go(0).let_go, 1u);
  EXPECT_EQ(cluster.nodes[0]->parts.schema.derivations, before + 1) << "what the old one leaves was noted";
  EXPECT_EQ(cluster.count(0, kv::Family::kObject), 0u);
}

TEST(FormerRows, ARowThatGoesWithoutATombstoneIsBroughtToNobody) {
  Fixture cluster;
  cluster.without_companions();
  const std::string upload = key_of(1), part = upload + std::string(kPart);
  ASSERT_TRUE(cluster.put(0, upload, "open"));
  ASSERT_TRUE(cluster.put(0, part, "bytes"));
  cluster.loop.advance(1s);
  cluster.placement.sets = kept_by({1, 2, 3}, 3);
  ASSERT_TRUE(cluster.put(1, upload, "over"));
  kv::Batch gone;
  gone.remove(kv::Family::kObject, part);
  for (const size_t keeper : {1u, 2u}) {
    ASSERT_TRUE(cluster.nodes[keeper]->parts.store.write(gone, kv::Durability::kSynced));
  }
  EXPECT_EQ(cluster.let_go(0).let_go, 0u);
  for (const size_t keeper : {1u, 2u, 3u}) EXPECT_FALSE(cluster.stored(keeper, part)) << keeper;
  EXPECT_EQ(cluster.value_at(0, upload), "over") << "so that the schema hears of it here";
  EXPECT_EQ(cluster.value_at(0, part), "bytes");
  // Once the schema has seen to it.
  ASSERT_TRUE(cluster.nodes[0]->parts.store.write(gone, kv::Durability::kSynced));
  EXPECT_EQ(cluster.let_go(0).let_go, 1u);
  EXPECT_FALSE(cluster.stored(0, upload));
}

}  // namespace
}  // namespace garage::table
