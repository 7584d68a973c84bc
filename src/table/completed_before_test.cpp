// A Complete that is sent again, after the coordinator of the first one died before anybody but the replicas of the
// object's row had heard of it.
#include <gtest/gtest.h>

#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::CountingSchema;
using testing::id_of;
using testing::TestCluster;

struct CompletedBefore : ::testing::Test {
  TestCluster cluster;
  const Uuid upload = CountingSchema::upload_number("1");

  // As a client that sets no condition sends it.
  Write completion(size_t via, std::string value = "upload 1", TestCluster* where = nullptr) {
    Write write = (where != nullptr ? where : &cluster)->nodes[via]->parts.blind("k", std::move(value));
    write.conditional = true;
    write.unless_aborted = upload;
    return write;
  }
  Result<Written> complete(size_t via, std::string value = "upload 1") {
    return cluster.run(cluster.nodes[via]->quorum.write(completion(via, std::move(value))));
  }
  ErrorKind complete_again(size_t via) {
    const auto again = complete(via);
    EXPECT_FALSE(again);
    return again ? ErrorKind::kInternal : again.error().kind;
  }
  Result<Written> write_if(size_t via, std::optional<std::string> expected, std::optional<std::string> value) {
    return cluster.run(cluster.nodes[via]->quorum.write(
        cluster.nodes[via]->parts.conditional("k", std::move(expected), std::move(value))));
  }
  Verdict tell(size_t node, Operation operation, const Row& row) {
    auto request = std::make_shared<Request>();
    request->operation = operation;
    request->stage = 1;
    request->key = "k";
    request->ballot = row.ord;
    if (operation == Operation::kInstall) request->row = row;
    return cluster.run(cluster.nodes[node]->replica.handle(request))->verdict;
  }
  Row row_of(Uuid uuid, std::string value, uint64_t later_ms, RowKind kind) {
    Row row;
    row.ord = {cluster.nodes[0]->parts.clock.ms + later_ms, 3};
    row.kind = kind;
    row.uuid = uuid;
    row.value = std::move(value);
    if (kind == RowKind::kBlind) row.floor = row.blind_floor = row.ord;
    return row;
  }
  // A first Complete whose install has reached one replica.
  Row ghost_at(size_t node, std::string value = "upload 1") {
    const Row row = row_of(cluster.nodes[node]->parts.random.id<Uuid>(), std::move(value), 0, RowKind::kBallot);
    EXPECT_EQ(tell(node, Operation::kInstall, row), Verdict::kDone);
    for (auto& each : cluster.nodes) each->parts.clock.ms += 10;
    return row;
  }
  std::optional<std::string> value() {
    const auto row = cluster.run(cluster.nodes[0]->quorum.read("k"));
    EXPECT_TRUE(row);
    return *row ? (*row)->value : std::nullopt;
  }
};

TEST_F(CompletedBefore, ItIsNotAppliedOnceMoreWhateverTookItsPlace) {
  for (const std::optional<std::string>& newer : {std::optional<std::string>("newer"), std::optional<std::string>()}) {
    for (size_t away = 0; away < 3; ++away) {
      for (size_t away_then = 0; away_then < 3; ++away_then) {
        TestCluster fresh;
        const size_t via = (away + 1) % 3, again_via = (away_then + 1) % 3;
        fresh.down = {away};
        ASSERT_TRUE(fresh.run(fresh.nodes[via]->quorum.write(completion(via, "upload 1", &fresh))));
        fresh.down = {};
        ASSERT_TRUE(fresh.put(via, "k", newer));
        fresh.down = {away_then};
        const auto again = fresh.run(fresh.nodes[again_via]->quorum.write(completion(again_via, "upload 1", &fresh)));
        ASSERT_FALSE(again) << away << away_then;
        EXPECT_EQ(again.error().kind, ErrorKind::kExists);
        const auto row = fresh.run(fresh.nodes[again_via]->quorum.read("k"));
        ASSERT_TRUE(row && *row);
        EXPECT_EQ((*row)->value, newer);
      }
    }
  }
}

TEST_F(CompletedBefore, WithoutTheRuleItTakesThePlaceOfWhatCameSince) {
  QuorumOptions options;
  options.ablation.completed_before_ignored = true;
  TestCluster careless(3, options);
  ASSERT_TRUE(careless.run(careless.nodes[0]->quorum.write(completion(0, "upload 1", &careless))));
  ASSERT_TRUE(careless.put(1, "k", "newer"));
  EXPECT_TRUE(careless.run(careless.nodes[2]->quorum.write(completion(2, "upload 1", &careless))));
  EXPECT_EQ(careless.value_at(2, "k"), "upload 1");
}

TEST_F(CompletedBefore, AnotherUploadOfTheKeyIsNotConcerned) {
  ASSERT_TRUE(complete(0));
  ASSERT_TRUE(cluster.put(1, "k", "newer"));
  Write other = completion(2, "upload 2");
  other.unless_aborted = CountingSchema::upload_number("2");
  ASSERT_TRUE(cluster.run(cluster.nodes[2]->quorum.write(std::move(other))));
  EXPECT_EQ(value(), "upload 2");
  EXPECT_EQ(complete_again(0), ErrorKind::kExists) << "the first one, all the same";
}

// A replica that holds a newer row already acknowledges the install, so that its vote may be the one that chooses it.
TEST_F(CompletedBefore, WhoOnlyPassedItOverKnowsOfItToo) {
  const Row first = row_of(cluster.nodes[0]->parts.random.id<Uuid>(), "upload 1", 0, RowKind::kBallot);
  const Row newer = row_of(cluster.nodes[0]->parts.random.id<Uuid>(), "newer", 10, RowKind::kBlind);
  for (const size_t node : {0u, 1u}) ASSERT_EQ(tell(node, Operation::kPrepare, first), Verdict::kDone);
  ASSERT_EQ(tell(1, Operation::kInstall, newer), Verdict::kDone);
  for (const size_t node : {0u, 1u}) ASSERT_EQ(tell(node, Operation::kInstall, first), Verdict::kDone);
  ASSERT_EQ(tell(2, Operation::kInstall, newer), Verdict::kDone);
  for (auto& each : cluster.nodes) each->parts.clock.ms += 100;
  cluster.down = {0};
  EXPECT_EQ(complete_again(1), ErrorKind::kExists);
  EXPECT_EQ(cluster.value_at(2, "k"), "newer");
}

TEST_F(CompletedBefore, OneThatWasNeverChosenStandsInNobodysWay) {
  ghost_at(0);
  cluster.down = {0};
  ASSERT_TRUE(write_if(1, std::nullopt, "other"));
  cluster.down = {2};
  ASSERT_TRUE(complete(1));
  cluster.down = {};
  EXPECT_EQ(value(), "upload 1");
}

// The first one stands just before the plain write then, as any write does whose outcome was not known.
TEST_F(CompletedBefore, OneThatAPlainWriteHasOvertakenIsAsGoodAsChosen) {
  ghost_at(0);
  cluster.down = {0};
  ASSERT_TRUE(cluster.put(1, "k", "newer"));
  cluster.down = {2};
  EXPECT_EQ(complete_again(1), ErrorKind::kExists);
  cluster.down = {};
  EXPECT_EQ(value(), "newer");
}

TEST_F(CompletedBefore, OneThatIsFoundIsChosenForGood) {
  ghost_at(0);
  cluster.down = {2};
  EXPECT_EQ(complete_again(1), ErrorKind::kExists);
  cluster.down = {0};
  EXPECT_EQ(cluster.value_at(1, "k"), "upload 1");
}

// There it would stand on a state that its condition may be false for.
TEST_F(CompletedBefore, WhatBecameOfAConditionalOneNobodyKnowsBehindAPlainWrite) {
  ASSERT_TRUE(complete(0, "upload 1 if"));
  EXPECT_EQ(complete_again(1), ErrorKind::kExists) << "it is there";
  ASSERT_TRUE(cluster.put(1, "k", "newer"));
  EXPECT_EQ(complete_again(2), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(value(), "newer");
}

TEST_F(CompletedBefore, AConditionalOneIsFoundAmongTheAncestorsOfWhatFollowed) {
  ASSERT_TRUE(complete(0, "upload 1 if"));
  ASSERT_TRUE(write_if(1, "upload 1 if", std::nullopt));
  EXPECT_EQ(complete_again(2), ErrorKind::kExists);
  EXPECT_FALSE(value());
}

// One replica has heard of the write by an edit only, which is found until the lineage loses it too.
TEST_F(CompletedBefore, EditsTellOfItAndNothingIsTakenForUndone) {
  cluster.down = {2};
  ASSERT_TRUE(complete(0));
  std::string held = "upload 1";
  const std::string edited = "upload 1 of " + cluster.stored(0, "k")->uuid.hex() + " ";
  cluster.down = {0};
  for (int edit = 0; edit < 40; ++edit) {
    const std::string next = edited + std::to_string(edit);
    ASSERT_TRUE(write_if(1, held, next));
    held = next;
    if (edit % 8 != 0) continue;
    EXPECT_EQ(complete_again(2), ErrorKind::kExists) << edit;
    TestCluster::Node& node = *cluster.nodes[2];
    ASSERT_TRUE(write_if(1, held, std::nullopt));
    const auto again = cluster.run(node.quorum.write(completion(2)));
    ASSERT_FALSE(again) << edit;
    EXPECT_TRUE(again.error().kind == ErrorKind::kExists || again.error().kind == ErrorKind::kUnknownOutcome);
    ASSERT_TRUE(write_if(1, std::nullopt, held));
  }
}

// The later attempt was made by somebody who found that the earlier one had not been chosen.
TEST_F(CompletedBefore, OfTwoAttemptsTheLaterOneIsNoted) {
  const Row first = ghost_at(0);
  cluster.down = {0};
  ASSERT_TRUE(write_if(1, std::nullopt, "other"));
  ASSERT_TRUE(complete(1));
  cluster.down = {2};
  EXPECT_EQ(complete_again(0), ErrorKind::kExists);
  EXPECT_NE(cluster.stored(0, "k")->uuid, first.uuid);
  ASSERT_TRUE(cluster.put(1, "k", "newer"));
  cluster.down = {1};
  EXPECT_EQ(complete_again(0), ErrorKind::kExists);
  EXPECT_EQ(cluster.value_at(2, "k"), "newer");
}

TEST_F(CompletedBefore, OneThatIsKnownOutweighsOneThatIsNot) {
  ghost_at(0, "upload 1 if");
  cluster.down = {0};
  ASSERT_TRUE(write_if(1, std::nullopt, "other"));
  ASSERT_TRUE(complete(1));
  ASSERT_TRUE(cluster.put(1, "k", "newer"));
  for (const size_t away : {1u, 2u}) {
    cluster.down = {away};
    EXPECT_EQ(complete_again(0), ErrorKind::kExists);
  }
}

TEST_F(CompletedBefore, TheLocalPathAgrees) {
  cluster.placement.sets = {1, {id_of(0)}, {{id_of(0)}}};
  auto& node = *cluster.nodes[0];
  ASSERT_TRUE(cluster.run(node.placed.write(completion(0))));
  ASSERT_TRUE(cluster.run(node.placed.write(node.parts.blind("k", "newer"))));
  EXPECT_EQ(cluster.run(node.placed.write(completion(0))).error().kind, ErrorKind::kExists);
  EXPECT_EQ(cluster.run(cluster.nodes[1]->placed.write(completion(1))).error().kind, ErrorKind::kExists);
  EXPECT_EQ(cluster.value_at(0, "k"), "newer");
}

TEST_F(CompletedBefore, SettlingWhatAnUploadBecameEndsItOnOneNodeToo) {
  cluster.placement.sets = {1, {id_of(0)}, {{id_of(0)}}};
  auto& node = *cluster.nodes[0];
  ASSERT_TRUE(cluster.run(node.placed.write(completion(0))));
  ASSERT_TRUE(cluster.run(node.placed.settle("k", SettleOptions{{}, upload})));
  EXPECT_EQ(cluster.run(node.placed.write(completion(0))).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace garage::table
