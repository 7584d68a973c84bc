#include "table/replica.hpp"

#include <gtest/gtest.h>

#include "table/promise.hpp"
#include "table/testing.hpp"

namespace garage::table {
namespace {

class FixedPlacement final : public Placement {
 public:
  ReplicaSets sets_for(std::string_view key) override { return {stage, {}, {}}; }
  uint64_t stage_of(std::string_view key) override { return stage; }
  uint64_t stage = 1;
};

struct ReplicaTest : ::testing::Test {
  testing::TestNode node{11};
  FixedPlacement placement;
  Replica replica{node.store, node.commits, node.pool, node.ords, placement, node.schema};

  Result<Reply> ask(Request request) {
    request.key = "k";
    if (request.stage == 0) request.stage = placement.stage;
    return node.loop.run_until_done(replica.handle(std::make_shared<Request>(std::move(request))));
  }
  Reply read() { return *ask({}); }
  Verdict prepare(Ord ballot) {
    Request request;
    request.operation = Operation::kPrepare;
    request.ballot = ballot;
    return ask(std::move(request))->verdict;
  }
  Verdict install(Row row, std::vector<Companion> companions = {}) {
    Request request;
    request.operation = Operation::kInstall;
    request.row = std::move(row);
    request.companions = std::move(companions);
    return ask(std::move(request))->verdict;
  }
  Row row(Ord ord, std::string value, RowKind kind = RowKind::kBlind) {
    Row out;
    out.ord = ord;
    out.kind = kind;
    out.uuid = node.random.id<Uuid>();
    out.value = std::move(value);
    return out;
  }
  Ord at(uint64_t ms) { return {node.clock.ms + ms, 1}; }
};

TEST_F(ReplicaTest, InstallsOnlyWhatIsNewer) {
  EXPECT_FALSE(read().row);
  const Row first = row(at(10), "one");
  EXPECT_EQ(install(first), Verdict::kDone);
  EXPECT_EQ(install(row(at(5), "older")), Verdict::kDone);  // acknowledged: as good as overwritten
  EXPECT_EQ(*read().row, first);
  EXPECT_EQ(read().seen, at(10));
  EXPECT_EQ(node.schema.derivations, 1);
}

TEST_F(ReplicaTest, PreparesAboveEverythingOnly) {
  ASSERT_EQ(install(row(at(10), "one")), Verdict::kDone);
  EXPECT_EQ(prepare(at(10)), Verdict::kRefused);
  EXPECT_EQ(prepare(at(20)), Verdict::kDone);
  EXPECT_EQ(prepare(at(20)), Verdict::kRefused);
  EXPECT_EQ(prepare(at(15)), Verdict::kRefused);
  EXPECT_EQ(read().seen, at(20));
  EXPECT_EQ(*read().row->value, "one");
}

TEST_F(ReplicaTest, TheFenceHoldsForEveryKindOfRow) {
  ASSERT_EQ(prepare(at(20)), Verdict::kDone);
  EXPECT_EQ(install(row(at(19), "plain")), Verdict::kRefused);
  EXPECT_EQ(install(row(at(19), "ballot", RowKind::kBallot)), Verdict::kRefused);
  EXPECT_EQ(install(row(at(20), "the ballot itself", RowKind::kBallot)), Verdict::kDone);
  EXPECT_EQ(install(row(at(19), "later still")), Verdict::kRefused);  // the promise outlives its row
  EXPECT_EQ(*read().row->value, "the ballot itself");
}

TEST_F(ReplicaTest, ABallotRaisesTheFenceEvenWhereItIsPassedOver) {
  ASSERT_EQ(install(row(at(30), "plain")), Verdict::kDone);
  EXPECT_EQ(install(row(at(20), "ballot", RowKind::kBallot)), Verdict::kDone);
  EXPECT_EQ(*read().row->value, "plain");
  EXPECT_EQ(install(row(at(19), "older")), Verdict::kRefused);
}

TEST_F(ReplicaTest, AStoredBallotIsAFenceThatOutlivesItsRow) {
  ASSERT_EQ(install(row(at(20), "ballot", RowKind::kBallot)), Verdict::kDone);
  EXPECT_EQ(install(row(at(19), "older")), Verdict::kRefused);
  ASSERT_EQ(install(row(at(30), "plain")), Verdict::kDone);
  EXPECT_EQ(install(row(at(19), "older")), Verdict::kRefused);
  EXPECT_EQ(install(row(at(25), "older, above the fence")), Verdict::kDone);
  EXPECT_EQ(*read().row->value, "plain");
}

TEST_F(ReplicaTest, AReStampDerivesNothing) {
  Row first = row(at(10), "one");
  ASSERT_EQ(install(first), Verdict::kDone);
  first.ord = at(20);
  first.kind = RowKind::kBallot;
  ASSERT_EQ(install(first), Verdict::kDone);
  EXPECT_EQ(node.schema.derivations, 1);
  EXPECT_EQ(node.schema.memory["k"].ord, at(20));
  // The same write decided anew with another value is another thing to derive from.
  first.ord = at(30);
  first.value = "other";
  ASSERT_EQ(install(first), Verdict::kDone);
  EXPECT_EQ(node.schema.derivations, 2);
}

TEST_F(ReplicaTest, CompanionsTravelWithTheRow) {
  node.schema.with_companions = true;
  const Row first = row(at(10), "one");
  const Companion body{kv::Family::kInline, std::string(first.uuid.view()), "bytes"};
  ASSERT_EQ(install(first, {body}), Verdict::kDone);
  EXPECT_TRUE(read().companions.empty());
  Request request;
  request.companions_wanted = true;
  auto reply = ask(std::move(request));
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->companions.size(), 1u);
  EXPECT_EQ(reply->companions[0].key, body.key);
  EXPECT_EQ(reply->companions[0].value, "bytes");
}

TEST_F(ReplicaTest, AnEarlierStageIsOver) {
  ASSERT_EQ(install(row(at(10), "one")), Verdict::kDone);
  placement.stage = 2;
  Request old;
  old.stage = 1;
  EXPECT_EQ(ask(old)->verdict, Verdict::kStageOver);
  EXPECT_FALSE(ask(old)->row);
  EXPECT_EQ(ask(old)->stage, 2u);
  old.operation = Operation::kPrepare;
  old.ballot = at(20);
  EXPECT_EQ(ask(old)->verdict, Verdict::kStageOver);
  old.operation = Operation::kInstall;
  old.row = row(at(20), "two");
  EXPECT_EQ(ask(old)->verdict, Verdict::kStageOver);
  old.stage = 3;  // a sender that is further is welcome
  EXPECT_EQ(ask(old)->verdict, Verdict::kDone);
}

TEST_F(ReplicaTest, TheFarFutureIsRefused) {
  const Ord far = at(OrdSource::kFutureMaxMs + 1);
  EXPECT_EQ(install(row(far, "far")), Verdict::kFarFuture);
  EXPECT_EQ(prepare(far), Verdict::kFarFuture);
  EXPECT_EQ(read().seen, Ord{});
}

TEST_F(ReplicaTest, DamageIsAnErrorAndAFailureChangesNothing) {
  ASSERT_EQ(install(row(at(10), "one")), Verdict::kDone);
  node.store.fail_next_writes(ErrorKind::kNoSpace, 1);
  Request full;
  full.operation = Operation::kPrepare;
  full.ballot = at(20);
  EXPECT_EQ(ask(full).error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(read().seen, at(10));

  kv::Batch batch;
  batch.put(kv::Family::kPromise, promise_key(node.schema.family(), "k"), "nonsense");
  ASSERT_TRUE(node.store.write(batch, kv::Durability::kSynced));
  EXPECT_EQ(ask({}).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(ask(full).error().kind, ErrorKind::kCorrupt);
  Request other;
  other.family = kv::Family::kSettings;
  EXPECT_EQ(ask(other).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace garage::table
