#include "table/companions.hpp"

#include <gtest/gtest.h>

#include "codec/tlv.hpp"
#include "table/companion_walk.hpp"
#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::FixedPlacement;
using testing::TestCluster;

struct Fixture : TestCluster {
  explicit Fixture(size_t count = 4) : TestCluster(count) {
    for (auto& node : nodes) node->parts.schema.with_companions = true;
  }
  Uuid write(size_t via, std::string key, std::string body) {
    Write write = nodes[via]->parts.blind(std::move(key), "v");
    write.companions = {{kv::Family::kInline, std::string(write.uuid.view()), std::move(body)}};
    const Uuid uuid = write.uuid;
    EXPECT_TRUE(run(nodes[via]->quorum.write(std::move(write))));
    return uuid;
  }
  std::optional<std::string> beside(size_t index, kv::Family family, std::string_view key) {
    return *nodes[index]->parts.store.get(family, key);
  }
};

// Of "k"; what belongs beside it is to be fetched from the first node.
std::shared_ptr<const Request> install_of(Row row) {
  auto install = std::make_shared<Request>();
  install->operation = Operation::kInstall;
  install->stage = 1;
  install->key = "k";
  install->row = std::move(row);
  install->companions_at = testing::id_of(0);
  return install;
}

TEST(Companions, AreReadByNodesThatStoreNothing) {
  Fixture cluster;
  const Uuid uuid = cluster.write(0, "k", "body");
  const kv::Key key{kv::Family::kInline, std::string(uuid.view())};
  EXPECT_EQ(cluster.run(cluster.nodes[3]->companions.read(cluster.placement, "k", key)), "body");
  cluster.down = {0, 1};
  EXPECT_EQ(cluster.run(cluster.nodes[3]->companions.read(cluster.placement, "k", key)), "body");
  const kv::Key other{kv::Family::kInline, "other"};
  EXPECT_EQ(cluster.run(cluster.nodes[3]->companions.read(cluster.placement, "k", other)).error().kind,
            ErrorKind::kUnavailable);
  cluster.down = {};
  EXPECT_EQ(cluster.run(cluster.nodes[3]->companions.read(cluster.placement, "k", other)).error().kind,
            ErrorKind::kNotFound);
}

TEST(Companions, WhatAMajorityLacksWasReplaced) {
  Fixture cluster;
  const Uuid uuid = cluster.write(0, "k", "body");
  const kv::Key key{kv::Family::kInline, std::string(uuid.view())}, other{kv::Family::kInline, "other"};
  cluster.silent = {0};
  const auto began = cluster.loop.now();
  EXPECT_EQ(cluster.run(cluster.nodes[3]->companions.read(cluster.placement, "k", key)), "body");
  EXPECT_EQ(cluster.run(cluster.nodes[3]->companions.read(cluster.placement, "k", other)).error().kind,
            ErrorKind::kNotFound);
  EXPECT_LE(cluster.loop.now() - began, 1s);
}

// Before they have come to the new nodes, and after they have left the old ones.
TEST(Companions, InALayoutChangeTheyAreGoneOnlyWhereBothSetsLackThem) {
  Fixture cluster(7);
  // The nearest ones are those who lack them.
  const ReplicaSet before{testing::id_of(3), testing::id_of(4), testing::id_of(5)};
  const ReplicaSet after{testing::id_of(0), testing::id_of(1), testing::id_of(2)};
  cluster.placement.sets = {1, before, {before}};
  const Uuid uuid = cluster.write(0, "k", "body");
  const kv::Key key{kv::Family::kInline, std::string(uuid.view())}, other{kv::Family::kInline, "other"};
  const auto read = [&](const kv::Key& what) {
    return cluster.run(cluster.nodes[6]->companions.read(cluster.placement, "k", what));
  };
  for (const ReplicaSets& sets : {ReplicaSets{1, before, {before, after}}, ReplicaSets{1, before, {after, before}},
                                  ReplicaSets{1, after, {after, before}}}) {
    cluster.placement.sets = sets;
    EXPECT_EQ(read(key), "body");
    EXPECT_EQ(read(other).error().kind, ErrorKind::kNotFound);
  }
}

// Who has not heard of a layout change asks nodes that have let go of everything.
TEST(Companions, WhoIsBehindInALayoutChangeIsNotToldThatTheyAreGone) {
  Fixture cluster;
  const kv::Key key{kv::Family::kInline, std::string(cluster.write(0, "k", "body").view())};
  const ReplicaSets before = cluster.placement.sets;
  FixedPlacement late;
  late.sets = {before.stage, {testing::id_of(3)}, {{testing::id_of(3)}}};
  cluster.placement.sets.stage = before.stage + 3;
  Companions companions(testing::id_of(6), nullptr, cluster.nodes[3]->caller);  // a gateway's
  EXPECT_EQ(cluster.run(companions.read(late, "k", key)).error().kind, ErrorKind::kUnavailable);
  cluster.loop.call_after(1s, [&] { late.sets = cluster.placement.sets; });
  EXPECT_EQ(cluster.run(companions.read(late, "k", key)), "body") << "once it has heard of it";
}

TEST(Companions, NothingElseIsGivenAway) {
  Fixture cluster;
  auto request = codec::TlvWriter::nested();
  request.u64(1, static_cast<uint64_t>(kv::Family::kSettings));
  request.bytes(2, "k");
  EXPECT_EQ(cluster.run(cluster.nodes[0]->companion_replica.answer(std::string(request.body()))).error().kind,
            ErrorKind::kDenied);
  EXPECT_FALSE(cluster.run(cluster.nodes[0]->companion_replica.answer("garbage")));
}

TEST(Companions, MoreThanAMessageTakesAreFetched) {
  Fixture cluster(3);
  for (const size_t pages : {size_t{3}, size_t{100}}) {
    for (auto& node : cluster.nodes) node->parts.schema.pages = 0;
    cluster.down = {2};
    const std::string key = "k" + std::to_string(pages);
    const Uuid uuid = cluster.write(0, key, "body");
    // As if the pages had been brought by other rows.
    kv::Batch brought;
    for (size_t i = 0; i < pages; ++i) {
      brought.put(kv::Family::kManifest, std::string(uuid.view()) + std::to_string(i), "page " + std::to_string(i));
    }
    ASSERT_TRUE(cluster.nodes[0]->parts.store.write(brought, kv::Durability::kSynced));
    ASSERT_TRUE(cluster.nodes[1]->parts.store.write(brought, kv::Durability::kSynced));
    for (auto& node : cluster.nodes) node->parts.schema.pages = pages;

    cluster.down = {1};
    auto row = cluster.run(cluster.nodes[0]->quorum.read(key));
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(cluster.stored(2, key)->uuid, uuid);
    EXPECT_EQ(cluster.beside(2, kv::Family::kInline, uuid.view()), "body");
    for (size_t i = 0; i < pages; ++i) {
      EXPECT_EQ(cluster.beside(2, kv::Family::kManifest, std::string(uuid.view()) + std::to_string(i)),
                "page " + std::to_string(i));
    }
  }
}

// Nothing would tell of them any more.
TEST(Companions, AreNotFetchedForARowThatWasReplacedMeanwhile) {
  Fixture cluster;
  const Uuid uuid = cluster.write(0, "k", "older");
  const Row older = *cluster.stored(0, "k");
  auto& one = *cluster.nodes[1];
  kv::Batch gone;
  gone.remove(kv::Family::kInline, std::string(uuid.view()));
  ASSERT_TRUE(one.parts.store.write(gone, kv::Durability::kSynced));
  const auto install = install_of(older);
  const auto fetch = [&] { return cluster.run(one.replica.handle(install)); };
  ASSERT_TRUE(fetch());
  EXPECT_EQ(cluster.beside(1, kv::Family::kInline, uuid.view()), "older") << "that row is still there";
  ASSERT_TRUE(one.parts.store.write(gone, kv::Durability::kSynced));
  Row same_bytes = older;
  ++same_bytes.ord.hybrid_ms;
  kv::Batch edited;
  edited.put(kv::Family::kObject, "k", encode_row("k", same_bytes));
  ASSERT_TRUE(one.parts.store.write(edited, kv::Durability::kSynced));
  ASSERT_TRUE(fetch());
  EXPECT_EQ(cluster.beside(1, kv::Family::kInline, uuid.view()), "older") << "a newer row may name the same";
  ASSERT_TRUE(one.parts.store.write(gone, kv::Durability::kSynced));
  cluster.write(0, "k", "newer");
  cluster.loop.advance(1s);
  ASSERT_TRUE(fetch());
  EXPECT_EQ(cluster.beside(1, kv::Family::kInline, uuid.view()), std::nullopt);
}

// Brings what is asked for, by when the layout has moved on.
class LateSource final : public CompanionSource {
 public:
  explicit LateSource(FixedPlacement& placement) : placement_(placement) {}
  Task<Result<std::optional<std::string>>> fetch(NodeId, kv::Key) override {
    ++placement_.sets.stage;
    co_return "body";
  }
  Task<Result<std::string>> read(Placement&, std::string, kv::Key) override {
    ++placement_.sets.stage;
    co_return "body";
  }

 private:
  FixedPlacement& placement_;
};

// The row may have been let go of here meanwhile, and these with it.
TEST(Companions, AreNotKeptForARowThatDoesNotComeBecauseTheLayoutMovedOn) {
  Fixture cluster;
  const Uuid uuid = cluster.write(0, "k", "body");
  auto& parts = cluster.nodes[3]->parts;
  LateSource source(cluster.placement);
  Replica replica(parts.store, parts.commits, parts.pool, parts.ords, cluster.placement, parts.schema);
  replica.fetch_from(source);
  const auto install = install_of(*cluster.stored(0, "k"));
  const auto reply = cluster.run(replica.handle(install));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->verdict, Verdict::kStageOver);
  EXPECT_EQ(cluster.beside(3, kv::Family::kInline, uuid.view()), std::nullopt);
}

// What tells of the older one, a hint, would be told of it for ever.
TEST(Companions, AreOfNoMatterWhereANewerRowHasCome) {
  Fixture cluster;
  const Uuid uuid = cluster.write(0, "k", "older");
  const Row older = *cluster.stored(0, "k");
  cluster.write(0, "k", "newer");
  kv::Batch gone;
  gone.remove(kv::Family::kInline, std::string(uuid.view()));
  for (const size_t node : {0u, 1u}) ASSERT_TRUE(cluster.nodes[node]->parts.store.write(gone, kv::Durability::kSynced));
  const auto install = install_of(older);
  EXPECT_TRUE(cluster.run(cluster.nodes[1]->replica.handle(install)));
  EXPECT_LT(older.ord, cluster.stored(1, "k")->ord);
}

TEST(Companions, ARowWhoseCompanionsCannotBeHadIsNotInstalled) {
  Fixture cluster(3);
  cluster.down = {2};
  cluster.write(0, "k", "body");
  for (auto& node : cluster.nodes) node->parts.schema.pages = 2;  // and nobody has them
  cluster.down = {1};
  EXPECT_FALSE(cluster.run(cluster.nodes[0]->quorum.read("k")));
  EXPECT_FALSE(cluster.stored(2, "k"));
}

}  // namespace
}  // namespace garage::table
