// Two nodes, as in settings_copies_test.cpp: one is the replica of every settings row, the other has a copy.
#include <gtest/gtest.h>

#include "model/settings_rows.hpp"
#include "model/testing/two_nodes.hpp"

namespace garage::model {
namespace {

using testing::Node;
using testing::TwoNodes;

struct DeletionTest : TwoNodes {
  BucketId bucket = world.run(a.settings->create_bucket("photos", "", 8)).value();
  bool closed(const Node& node) const { return node.settings->is_closed(bucket); }
  Settings::BegunDeletion begin(Node& node) { return world.run(node.settings->begin_deletion(bucket)).value(); }
  Result<bool> takes_writes(Node& node) { return world.run(node.settings->takes_writes(bucket)); }
};

TEST_F(DeletionTest, EndsWithTheBucket) {
  EXPECT_TRUE(takes_writes(b).value());
  const auto begun = begin(b);
  EXPECT_TRUE(closed(a));
  EXPECT_TRUE(closed(b));
  EXPECT_TRUE(b.settings->directory()->resolve_bucket("photos", nullptr));  // until it is gone
  EXPECT_EQ(takes_writes(b).error().kind, ErrorKind::kUnavailable);
  ASSERT_TRUE(world.run(b.settings->finish_deletion(bucket, begun.attempt)));
  EXPECT_FALSE(a.settings->directory()->resolve_bucket("photos", nullptr));
  EXPECT_TRUE(closed(a));
  EXPECT_TRUE(closed(b));
  EXPECT_FALSE(takes_writes(a).value());
  EXPECT_EQ(world.run(a.settings->begin_deletion(bucket)).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(world.run(a.settings->create_bucket("photos", "", 8)));
}

TEST_F(DeletionTest, IsTakenBackByWhoBeganIt) {
  const auto begun = begin(a);
  ASSERT_TRUE(world.run(a.settings->take_back_deletion(bucket, begun.attempt)));
  EXPECT_FALSE(closed(a));
  EXPECT_FALSE(closed(b));
  EXPECT_TRUE(takes_writes(b).value());
  EXPECT_EQ(world.run(a.settings->finish_deletion(bucket, begun.attempt)).error().kind, ErrorKind::kConflict);
}

TEST_F(DeletionTest, TheLaterAttemptCounts) {
  const auto first = begin(a);
  const auto second = begin(b);
  EXPECT_EQ(world.run(a.settings->finish_deletion(bucket, first.attempt)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(world.run(a.settings->take_back_deletion(bucket, first.attempt)).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(closed(a));
  EXPECT_TRUE(world.run(b.settings->finish_deletion(bucket, second.attempt)));
}

TEST_F(DeletionTest, IsHeldByWhoWasNotReached) {
  world.caller.reachable = false;
  const auto begun = begin(a);
  EXPECT_FALSE(closed(b));
  EXPECT_FALSE(world.run(b.settings->hold_deletion(bucket, world.random.id<Uuid>(), begun.row)).value());
  EXPECT_TRUE(world.run(b.settings->hold_deletion(bucket, begun.attempt, begun.row)).value());
  EXPECT_TRUE(closed(b));
  ASSERT_TRUE(world.run(a.settings->take_back_deletion(bucket, begun.attempt)));
  EXPECT_TRUE(closed(b));
  const auto rows = world.run(a.copies->export_rows()).value();
  ASSERT_TRUE(world.run(b.copies->merge_rows(rows)));
  EXPECT_FALSE(closed(b));
  // A late question brings nothing back.
  EXPECT_FALSE(world.run(b.settings->hold_deletion(bucket, begun.attempt, begun.row)).value());
  EXPECT_FALSE(closed(b));
}

TEST_F(DeletionTest, AWriterTakesBackWhatNobodyEnds) {
  const auto begun = begin(a);
  world.clock.ms += Settings::kDeletionLongestMs;
  EXPECT_EQ(takes_writes(b).error().kind, ErrorKind::kUnavailable);
  world.clock.ms += 1;
  EXPECT_TRUE(takes_writes(b).value());
  EXPECT_FALSE(closed(a));
  EXPECT_FALSE(closed(b));
  EXPECT_EQ(world.run(a.settings->finish_deletion(bucket, begun.attempt)).error().kind, ErrorKind::kConflict);
}

TEST_F(DeletionTest, WhoSaysThatItGoesOnKeepsIt) {
  const auto begun = begin(a);
  const auto seen = *a.settings->directory()->bucket(bucket)->deletion;
  world.clock.ms += Settings::kDeletionLongestMs;
  ASSERT_TRUE(world.run(a.settings->renew_deletion(bucket, begun.attempt)));
  world.clock.ms += 1;
  EXPECT_EQ(takes_writes(b).error().kind, ErrorKind::kUnavailable);
  // Who has seen it before takes back another state of it than he believes.
  EXPECT_EQ(world.run(b.settings->begin_deletion(bucket, seen)).error().kind, ErrorKind::kConflict);
  // The node that tells of it may have heard of the first state only.
  EXPECT_TRUE(world.run(b.settings->hold_deletion(bucket, begun.attempt, begun.row)).value());
  ASSERT_TRUE(world.run(a.settings->finish_deletion(bucket, begun.attempt)));
  EXPECT_EQ(world.run(a.settings->renew_deletion(bucket, begun.attempt)).error().kind, ErrorKind::kNotFound);
}

TEST_F(DeletionTest, OnlyTheAttemptThatIsUnderWayIsRenewed) {
  const auto first = begin(a);
  const auto second = begin(b);
  EXPECT_EQ(world.run(a.settings->renew_deletion(bucket, first.attempt)).error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(world.run(b.settings->take_back_deletion(bucket, second.attempt)));
  EXPECT_EQ(world.run(b.settings->renew_deletion(bucket, second.attempt)).error().kind, ErrorKind::kConflict);
  EXPECT_FALSE(closed(a));
}

// Who deleted it died before its names went.
TEST_F(DeletionTest, ANameThatLeadsNowhereIsFree) {
  table::Write tombstone;
  tombstone.key = "b" + std::string(bucket.view());
  tombstone.uuid = world.random.id<Uuid>();
  tombstone.decision = table::always(std::nullopt);
  EXPECT_EQ(world.run(b.settings->create_bucket("photos", "", 8)).error().kind, ErrorKind::kExists);
  ASSERT_TRUE(world.run(a.own->write(std::move(tombstone))));
  const auto again = world.run(a.settings->create_bucket("photos", "", 8));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(a.settings->directory()->resolve_bucket("photos", nullptr)->id, *again);
  EXPECT_EQ(world.run(a.settings->create_bucket("photos", "", 8)).error().kind, ErrorKind::kExists);
}

TEST_F(DeletionTest, SurvivesARestart) {
  (void)begin(a);
  EXPECT_TRUE(a.reopened(world)->is_closed(bucket));
  ASSERT_TRUE(world.run(a.settings->delete_bucket(bucket)));
  EXPECT_TRUE(a.reopened(world)->is_closed(bucket));
  EXPECT_FALSE(a.reopened(world)->is_closed(world.random.id<BucketId>()));
}

TEST_F(DeletionTest, ClosedBucketsAreBroughtToOthers) {
  const auto kept = world.run(a.settings->create_bucket("kept", "", 8)).value();
  const auto gone = world.run(a.settings->create_bucket("gone", "", 8)).value();
  world.caller.reachable = false;
  (void)begin(a);
  ASSERT_TRUE(world.run(a.settings->delete_bucket(gone)));
  EXPECT_FALSE(world.run(a.copies->bring_closed_buckets(id_b)));
  world.caller.reachable = true;
  ASSERT_TRUE(world.run(a.copies->bring_closed_buckets(id_b)));
  EXPECT_TRUE(closed(b));
  EXPECT_TRUE(b.settings->is_closed(gone));
  EXPECT_FALSE(b.settings->is_closed(kept));
}

// It would keep a layout change from ending.
TEST_F(DeletionTest, AClosedBucketIsBroughtToOthersThoughTheCopyIsDamaged) {
  (void)begin(a);
  const auto kept = world.run(a.settings->create_bucket("kept", "", 8)).value();
  kv::Batch damage;
  for (const BucketId& id : {bucket, kept}) damage.put(kv::Family::kSettings, bucket_row_key(id), "damaged");
  ASSERT_TRUE(b.store.write(damage, kv::Durability::kSynced));
  const NodeId id_c = world.random.id<NodeId>();
  Node c{world, id_c, id_b, a.own};
  ASSERT_TRUE(world.run(b.copies->bring_closed_buckets(id_c)));
  EXPECT_TRUE(c.settings->is_closed(bucket));
  EXPECT_FALSE(c.settings->is_closed(kept));
  world.remote.fails = true;
  EXPECT_FALSE(world.run(b.copies->bring_closed_buckets(id_c)));
}

TEST_F(DeletionTest, ManyClosedBucketsAreBroughtInSeveralMessages) {
  world.caller.reachable = false;
  std::vector<BucketId> gone;
  for (int i = 0; i < 40; ++i) {
    const auto id = world.run(a.settings->create_bucket("gone-" + std::to_string(i), "", 8)).value();
    const Settings::BucketEdit make_large = [](Bucket& made) -> Result<void> {
      made.website.emplace().error_document = std::string(20'000, 'x');
      return {};
    };
    ASSERT_TRUE(world.run(a.settings->edit_bucket(id, make_large)));
    ASSERT_TRUE(world.run(a.settings->begin_deletion(id)));
    gone.push_back(id);
  }
  world.caller.reachable = true;
  world.caller.largest_payload = 0;
  ASSERT_TRUE(world.run(a.copies->bring_closed_buckets(id_b)));
  for (const BucketId& id : gone) EXPECT_TRUE(b.settings->is_closed(id));
  EXPECT_LT(world.caller.largest_payload, 300'000u);
}

TEST_F(DeletionTest, AnOlderProgramGetsTheRowsForTheNextOne) {
  world.caller.reachable = false;
  (void)begin(a);
  world.caller.reachable = true;
  world.caller.unknown_operation = "settings/hold";
  ASSERT_TRUE(world.run(a.copies->bring_closed_buckets(id_b)));
  EXPECT_TRUE(b.reopened(world)->is_closed(bucket));
}

}  // namespace
}  // namespace garage::model
