// Multipart uploads on three nodes: parts come through any of them, and what lies beside a part is wherever its object
// is kept, and nowhere else.
#include <gtest/gtest.h>

#include "object/testing/cluster_fixture.hpp"
#include "object/upload_rows.hpp"
#include "runtime/task_group.hpp"

namespace garage::object {
namespace {

using namespace testing;

struct ClusterUploadsTest : ClusterFixture {
  void collect_for(Duration time) {
    for (Duration passed{0}; passed < time; passed += 10s) {
      for (auto& member : cluster.members) ASSERT_OK(cluster.run(member->objects->collect_once()));
      cluster.world.loop.advance(10s);
    }
  }
};

// Nothing but the edit tells it of the object: what others had in store for it was lost, and sums of rows show no
// difference.
TEST_F(ClusterUploadsTest, AnEditBringsWhoMissedTheObjectAllThatBelongsBesideIt) {
  constexpr size_t kFew = 20, kMoreThanAMessageTakes = 70;
  const std::string paged = noise(4, 33 * 8192);  // more blocks than a row names
  size_t pages = 0;
  for (const size_t count : {kFew, kMoreThanAMessageTakes}) {
    const std::string key = "m" + std::to_string(count);
    const Uuid upload = create(0, key);
    cluster.up(2, false);
    std::vector<StoredPart> parts;
    for (uint32_t number = 1; number <= count; ++number) {
      parts.push_back(part(1, key, upload, number, paged).value());
    }
    ASSERT_EQ(complete(1, key, upload, parts).value().problem, CompleteProblem::kNone);
    cluster.up(2, true);
    ASSERT_OK(cluster.run(cluster.members[0]->objects->edit(cluster.bucket, key, [](model::ObjectVersion& version) {
      version.headers.push_back({"x-edited", "yes"});
      return Result<void>();
    })));
    cluster.world.loop.advance(1s);
    pages += 1 + count;
    EXPECT_EQ(cluster.members[2]->count(kv::Family::kManifest), pages);
  }
}

TEST_F(ClusterUploadsTest, ALongListOfPartsThatNobodyHasRoomForIsRefusedAtOnce) {
  constexpr size_t kMoreThanARowNames = 20;
  const Uuid upload = create(0, "m");
  std::vector<StoredPart> parts;
  for (uint32_t number = 1; number <= kMoreThanARowNames; ++number) {
    parts.push_back(part(0, "m", upload, number, large).value());
  }
  for (const size_t at : {1u, 2u}) cluster.members[at]->machine.store.set_short_of_space(true);
  const size_t before = cluster.members[1]->count(kv::Family::kPromise);
  const auto refused = complete(0, "m", upload, parts);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().kind, ErrorKind::kUnknownOutcome) << refused.error().message;
  EXPECT_EQ(cluster.members[1]->count(kv::Family::kPromise), before);
  for (const size_t at : {1u, 2u}) cluster.members[at]->machine.store.set_short_of_space(false);
  EXPECT_EQ(complete(0, "m", upload, parts).value().problem, CompleteProblem::kNone);
}

TEST_F(ClusterUploadsTest, AMultipartObjectIsPutTogetherAnywhere) {
  const Uuid upload = create(0, "m");
  std::vector<StoredPart> parts;
  parts.push_back(part(1, "m", upload, 1, large).value());
  ASSERT_OK(part(2, "m", upload, 2, large));
  parts.push_back(part(0, "m", upload, 2, other).value());  // a second attempt counts
  const auto listed = cluster.run(cluster.members[2]->objects->list_parts(cluster.bucket, "m", upload)).value();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[1].part.body.bytes, other.size());
  UploadQuery query;
  query.bucket = cluster.bucket.id;
  query.spread = cluster.bucket.spread;
  EXPECT_EQ(cluster.run(cluster.members[1]->objects->list_uploads(query)).value().uploads.size(), 1u);
  // An open upload keeps its parts, however long it takes.
  cluster.let_time_pass();
  ASSERT_EQ(complete(2, "m", upload, parts).value().problem, CompleteProblem::kNone);
  expect_everywhere("m", large + other);
  EXPECT_TRUE(cluster.run(cluster.members[1]->objects->list_uploads(query)).value().uploads.empty());
  ASSERT_EQ(complete(1, "m", upload, parts).value().problem, CompleteProblem::kNone) << "again is as good as once";
  cluster.let_time_pass();
  expect_everywhere("m", large + other);
  expect_rows(8 + 6);
  for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kUpload), 1u) << "only the tombstone";
  ASSERT_OK(cluster.remove(0, "m"));
  cluster.let_time_pass();
  expect_rows(0);
}

TEST_F(ClusterUploadsTest, TheLaterOfTwoAttemptsAtAPartCountsThoughItsNodesClockIsBehind) {
  constexpr uint64_t kAheadMs = 4 * 60 * 1000;
  const Uuid upload = create(0, "m");
  cluster.world.clock.unix_ms += kAheadMs;
  ASSERT_OK(part(0, "m", upload, 1, large));
  cluster.world.clock.unix_ms -= kAheadMs;
  const std::vector<StoredPart> parts{part(1, "m", upload, 1, other).value()};
  ASSERT_EQ(complete(2, "m", upload, parts).value().problem, CompleteProblem::kNone);
  expect_everywhere("m", other);
}

// It was away for the part, what others had in store for it was lost, and the Complete does not bring the part again.
TEST_F(ClusterUploadsTest, WhoMissedASmallPartGetsItWithTheObject) {
  const Uuid upload = create(0, "m");
  cluster.up(2, false);
  const std::vector<StoredPart> parts{part(0, "m", upload, 1, small).value()};
  cluster.up(2, true);
  ASSERT_EQ(complete(1, "m", upload, parts).value().problem, CompleteProblem::kNone);
  cluster.world.loop.advance(1s);
  EXPECT_EQ(cluster.members[2]->count(kv::Family::kInline), 1u);
  collect_for(5min);
  EXPECT_EQ(cluster.members[2]->count(kv::Family::kInline), 1u);
  cluster.up(0, false);
  EXPECT_EQ(cluster.get(2, "m"), small);
}

// Nothing will bring it but people.
TEST_F(ClusterUploadsTest, APartThatCannotBeReadIsSeenByPeople) {
  const Uuid upload = create(0, "m");
  ASSERT_OK(part(1, "m", upload, 1, large));
  auto rows = cluster.members[0]->machine.store.iterate(kv::Family::kUpload, {});
  kv::Batch damage;
  for (rows->seek(""); rows->valid(); rows->next()) {
    if (parse_upload_row_key(rows->key())->attempt)
      damage.put(kv::Family::kUpload, std::string(rows->key()), "garbage");
  }
  ASSERT_OK(cluster.members[0]->machine.store.write(damage, kv::Durability::kSynced));
  ASSERT_OK(cluster.run(cluster.members[1]->objects->abort_upload(cluster.bucket, "m", upload)));
  collect_for(10min);
  EXPECT_GT(cluster.members[0]->objects->collector_notes().status().errors, 0u);
  EXPECT_EQ(cluster.members[1]->objects->collector_notes().status().errors, 0u);
}

TEST_F(ClusterUploadsTest, AnAbortedUploadLeavesNothingAndCannotBeCompleted) {
  const Uuid upload = create(0, "m");
  std::vector<StoredPart> parts{part(1, "m", upload, 1, large).value()};
  cluster.up(2, false);
  ASSERT_OK(cluster.run(cluster.members[0]->objects->abort_upload(cluster.bucket, "m", upload)));
  EXPECT_EQ(part(1, "m", upload, 2, other).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(complete(1, "m", upload, parts).error().kind, ErrorKind::kNotFound);
  cluster.up(2, true);
  EXPECT_EQ(part(2, "m", upload, 2, other).error().kind, ErrorKind::kNotFound);
  cluster.let_time_pass();
  expect_everywhere("m", "<none>");
  for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kBlockRef), 0u);
}

// Its first coordinator died before the upload's row could say that it is completed, and somebody has written since.
TEST_F(ClusterUploadsTest, ACompleteThatIsSentAgainIsNotAppliedTwice) {
  for (const bool removed : {false, true}) {
    const Uuid upload = create(0, "m");
    const std::vector<StoredPart> parts{part(1, "m", upload, 1, large).value()};
    const auto first = complete_and_die(0, "m", upload, parts);
    ASSERT_EQ(first.value().problem, CompleteProblem::kNone);
    ASSERT_EQ(open_uploads(1), 1u);
    if (removed) {
      ASSERT_OK(cluster.remove(1, "m"));
    } else {
      ASSERT_OK(cluster.put(1, "m", small));
    }
    for (const size_t at : {2u, 0u}) {
      const auto again = complete(at, "m", upload, parts);
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(again->problem, CompleteProblem::kNone);
      EXPECT_EQ(again->stored.etag, first->stored.etag);
      EXPECT_EQ(again->stored.checksums, first->stored.checksums);
      EXPECT_EQ(open_uploads(1), 0u);
    }
    expect_everywhere("m", removed ? "<none>" : small);
    cluster.let_time_pass();
    expect_everywhere("m", removed ? "<none>" : small);
    expect_rows(0, removed ? 0 : 1);
  }
}

TEST_F(ClusterUploadsTest, ACompleteThatIsSentAgainAnswersForTheObjectThatIsStillThere) {
  const Uuid upload = create(0, "m");
  const std::vector<StoredPart> parts{part(1, "m", upload, 1, large).value(), part(1, "m", upload, 2, other).value()};
  const auto first = complete_and_die(0, "m", upload, parts);
  ASSERT_EQ(first.value().problem, CompleteProblem::kNone);
  // Fewer parts make another object, but this is the one there is.
  const auto again = complete(2, "m", upload, {parts[0]});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->stored.etag, first->stored.etag);
  expect_everywhere("m", large + other);
  cluster.let_time_pass();
  expect_everywhere("m", large + other);
  expect_rows(8 + 6);
}

// The same, and nobody sends it again: the collector finds out what became of it before it lets go of the parts.
TEST_F(ClusterUploadsTest, AnUploadDoesNotStayOpenWithoutItsParts) {
  const Uuid upload = create(0, "m");
  const std::vector<StoredPart> parts{part(1, "m", upload, 1, large).value()};
  const auto first = complete_and_die(0, "m", upload, parts);
  ASSERT_EQ(first.value().problem, CompleteProblem::kNone);
  ASSERT_OK(cluster.put(1, "m", small));
  collect_for(5min);
  EXPECT_EQ(open_uploads(1), 0u);
  expect_everywhere("m", small);
  EXPECT_EQ(cluster.members[0]->count(kv::Family::kBlockRef), 0u);
  const auto again = complete(2, "m", upload, parts);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->stored.etag, first->stored.etag);
  expect_everywhere("m", small);
  cluster.let_time_pass();
  expect_rows(0, 1);
}

// Behind the plain write its condition may have been false: that is not said to be done, and not done either.
TEST_F(ClusterUploadsTest, OfAConditionalCompleteThatWasOverwrittenNobodyKnows) {
  const Uuid upload = create(0, "m");
  const std::vector<StoredPart> parts{part(1, "m", upload, 1, large).value()};
  const WriteCondition if_none = [](const CurrentObject* current) {
    return current != nullptr ? Result<void>(fail(ErrorKind::kPrecondition, "it is there")) : Result<void>();
  };
  ASSERT_EQ(complete_and_die(0, "m", upload, parts, if_none).value().problem, CompleteProblem::kNone);
  ASSERT_OK(cluster.put(1, "m", small));
  EXPECT_EQ(complete(2, "m", upload, parts, if_none).error().kind, ErrorKind::kUnknownOutcome);
  EXPECT_EQ(complete(2, "m", upload, parts).error().kind, ErrorKind::kUnknownOutcome);
  collect_for(5min);
  EXPECT_EQ(open_uploads(1), 0u);
  EXPECT_EQ(complete(2, "m", upload, parts, if_none).error().kind, ErrorKind::kNotFound);
  cluster.let_time_pass();
  expect_everywhere("m", small);
  expect_rows(0, 1);
}

// One replica took the object, and held it for a while: that is no reason to drop the parts of an open upload.
TEST_F(ClusterUploadsTest, AnUploadWhoseCompletionWasNeverChosenKeepsItsParts) {
  const Uuid upload = create(0, "m");
  const std::vector<StoredPart> parts{part(1, "m", upload, 1, large).value()};
  for (const size_t other : {1u, 2u}) cluster.world.board.ports[node_id(other)].delay = 1s;
  cluster.world.loop.call_after(3500ms, [this] {
    for (const size_t other : {1u, 2u}) cluster.world.board.ports[node_id(other)].broken_operation = "table/call";
  });
  ASSERT_EQ(complete(0, "m", upload, parts).error().kind, ErrorKind::kUnknownOutcome);
  for (const size_t other : {1u, 2u}) {
    auto& port = cluster.world.board.ports[node_id(other)];
    port.delay = 0s;
    port.broken_operation.clear();
  }
  ASSERT_EQ(cluster.members[0]->count(kv::Family::kObject), 1u);
  ASSERT_EQ(cluster.members[1]->count(kv::Family::kObject), 0u);
  cluster.up(0, false);
  const WriteCondition any = [](const CurrentObject*) { return Result<void>(); };
  ASSERT_OK(cluster.put(1, "m", small, any));
  cluster.up(0, true);
  expect_everywhere("m", small);
  ASSERT_EQ(cluster.members[0]->count(kv::Family::kQueue, "d"), 1u);
  collect_for(30min);
  EXPECT_EQ(open_uploads(1), 1u);
  ASSERT_EQ(complete(1, "m", upload, parts).value().problem, CompleteProblem::kNone);
  expect_everywhere("m", large);
  cluster.let_time_pass();
  expect_everywhere("m", large);
  expect_rows(8);
}

// Between its look and its write the layout went so far that the marks of aborted uploads may lie with others.
TEST_F(ClusterUploadsTest, ACompletionThatSleptThroughALayoutChangeLooksAgain) {
  const Uuid upload = create(0, "m");
  const std::vector<StoredPart> parts{part(1, "m", upload, 1, large).value()};
  for (auto& [id, port] : cluster.world.board.ports) port.delay = 1s;
  cluster.world.loop.call_after(2500ms, [this] { cluster.world.rows.stage = 5; });
  ASSERT_EQ(complete(0, "m", upload, parts).value().problem, CompleteProblem::kNone);
  EXPECT_EQ(cluster.world.rows.stage, 5u);
  expect_everywhere("m", large);
}

TEST_F(ClusterUploadsTest, ANodeThatMissedThePartsGetsWhatLiesBesideThem) {
  const Uuid upload = create(0, "m");
  cluster.up(2, false);
  std::vector<StoredPart> parts{part(1, "m", upload, 1, noise(4, 40 * 8192)).value(),
                                part(1, "m", upload, 2, small).value()};
  cluster.up(2, true);
  ASSERT_EQ(complete(0, "m", upload, parts).value().problem, CompleteProblem::kNone);
  expect_everywhere("m", noise(4, 40 * 8192) + small);
  cluster.let_time_pass();
  expect_everywhere("m", noise(4, 40 * 8192) + small);
  for (const auto& member : cluster.members) {
    EXPECT_EQ(member->count(kv::Family::kInline), 1u);
    EXPECT_EQ(member->count(kv::Family::kManifest), 1u);
  }
}

// The completion is remembered for an hour.
TEST_F(ClusterUploadsTest, ACompletedUploadIsNotAskedAboutAllTheTime) {
  const Uuid upload = create(0, "m");
  ASSERT_EQ(complete(0, "m", upload, {part(1, "m", upload, 1, small).value()}).value().problem, CompleteProblem::kNone);
  Member& member = *cluster.members[0];
  const auto collect = [&](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      ASSERT_OK(cluster.run(member.objects->collect_once()));
      cluster.world.loop.advance(1s);
    }
  };
  collect(60);
  const auto& asked = cluster.world.board.ports[node_id(1)].questions;
  const auto before = asked;
  collect(600);
  EXPECT_GT(asked, before);
  EXPECT_LT(asked, before + 50);
  EXPECT_EQ(member.count(kv::Family::kQueue, "u"), 1u);
}

TEST_F(ClusterUploadsTest, APartKeepsItsBodyAsLongAsItsRowIsThere) {
  const Uuid upload = create(0, "m");
  ASSERT_EQ(complete(0, "m", upload, {part(1, "m", upload, 1, small).value()}).value().problem, CompleteProblem::kNone);
  ASSERT_OK(cluster.put(0, "m", large));
  // Another replica was first, and says so before this one has gone through what the upload left.
  Member& member = *cluster.members[2];
  auto rows = member.machine.store.iterate(kv::Family::kQueue, {});
  rows->seek("d");
  ASSERT_TRUE(rows->valid() && rows->key().starts_with("d"));
  ASSERT_OK(cluster.run(member.objects->forget_dead(std::string(rows->key()))));
  EXPECT_EQ(member.count(kv::Family::kQueue, "d"), 0u);
  EXPECT_EQ(member.count(kv::Family::kUpload), 2u);
  EXPECT_EQ(member.count(kv::Family::kInline), 1u);
  cluster.let_time_pass();
  expect_rows(8);
  expect_everywhere("m", large);
}

Task<void> collect_once(Objects& objects) {
  EXPECT_OK(co_await objects.collect_once());
}

// Until all replicas have gone through what an upload left, they bring each other the rows of its parts.
TEST_F(ClusterUploadsTest, APartThatComesBackWhileItsUploadIsCollectedGoesAgain) {
  const Uuid upload = create(0, "m");
  ASSERT_OK(part(1, "m", upload, 1, small));
  ASSERT_OK(cluster.run(cluster.members[0]->objects->abort_upload(cluster.bucket, "m", upload)));
  cluster.world.loop.advance(1min);
  Member& member = *cluster.members[0];
  auto late = std::make_shared<table::Request>();
  late->operation = table::Operation::kInstall;
  late->family = kv::Family::kUpload;
  late->stage = 1;
  {
    auto rows = member.machine.store.iterate(kv::Family::kUpload, {});
    rows->seek("");
    rows->next();
    ASSERT_TRUE(rows->valid()) << "a part behind its upload";
    late->key = rows->key();
    late->row = table::decode_row(rows->key(), rows->value()).value();
  }
  const auto install = [&] {
    ++late->row->ord.tie;
    auto answer = cluster.run(member.tables[1]->replica.handle(late));
    EXPECT_TRUE(answer && answer->verdict == table::Verdict::kDone);
  };
  ASSERT_OK(cluster.run(member.objects->collect_once()));
  install();
  EXPECT_EQ(member.count(kv::Family::kQueue, "u"), 1u);

  for (const size_t other : {1u, 2u}) cluster.world.board.ports[node_id(other)].delay = 1s;
  runtime::Loop::Scope on_loop(&cluster.world.loop);
  runtime::TaskGroup collecting;
  collecting.spawn(collect_once(*member.objects));
  while (member.count(kv::Family::kUpload) == 2) cluster.world.loop.advance(100ms);
  ASSERT_EQ(collecting.running(), 1u) << "it asks whether that was all";
  install();
  while (collecting.running() > 0) cluster.world.loop.advance(100ms);
  for (const size_t other : {1u, 2u}) cluster.world.board.ports[node_id(other)].delay = 0s;

  cluster.let_time_pass();
  expect_rows(0);
  for (auto& each : cluster.members) EXPECT_EQ(each->count(kv::Family::kUpload), 1u) << "only the tombstone";
}

// A round that finds a part nowhere, as one of a layout change may, puts a blank row over the one that a slow replica
// has.
TEST_F(ClusterUploadsTest, WhatLiesBesideAPartGoesThoughABlankRowHasTakenItsPlace) {
  const Uuid upload = create(0, "m");
  ASSERT_OK(part(1, "m", upload, 1, small));
  ASSERT_OK(part(1, "m", upload, 2, noise(4, 40 * 8192)));
  ASSERT_OK(cluster.run(cluster.members[0]->objects->abort_upload(cluster.bucket, "m", upload)));
  for (int round = 0; round < 10; ++round) {
    for (const size_t at : {0u, 1u}) ASSERT_OK(cluster.run(cluster.members[at]->objects->collect_once()));
    cluster.world.loop.advance(1min);
  }
  EXPECT_EQ(cluster.members[0]->count(kv::Family::kUpload), 1u) << "only the tombstone";
  Member& slow = *cluster.members[2];
  ASSERT_EQ(slow.count(kv::Family::kUpload), 3u);
  std::vector<std::string> part_rows;
  {
    auto rows = slow.machine.store.iterate(kv::Family::kUpload, {});
    for (rows->seek(""); rows->valid(); rows->next()) part_rows.emplace_back(rows->key());
    part_rows.erase(part_rows.begin());
  }
  cluster.world.board.ports[slow.id].delay = 1s;
  for (const auto& row : part_rows) ASSERT_OK(cluster.run(cluster.members[0]->tables[1]->settle(row, {})));
  cluster.world.loop.advance(3s);
  cluster.world.board.ports[slow.id].delay = 0s;
  const auto covered = slow.machine.store.get(kv::Family::kUpload, part_rows.front());
  EXPECT_FALSE(table::decode_row(part_rows.front(), **covered)->value);
  EXPECT_EQ(slow.count(kv::Family::kInline), 1u);
  EXPECT_EQ(slow.count(kv::Family::kManifest), 1u);
  cluster.let_time_pass();
  expect_rows(0);
  for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kUpload), 1u) << "only the tombstone";
}

}  // namespace
}  // namespace garage::object
