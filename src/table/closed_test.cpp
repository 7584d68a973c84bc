// Rows that clients may write nothing to any more, while repair goes on.
#include <gtest/gtest.h>

#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::TestCluster;

Write of_client(Write write) {
  write.unless_closed = true;
  return write;
}

struct ClosedTest : ::testing::Test {
  TestCluster cluster;
  void close(std::initializer_list<size_t> at, bool closed = true) {
    for (const size_t node : at) cluster.nodes[node]->parts.schema.closed = closed;
  }
  Result<Written> client_puts(size_t via, const std::string& value) {
    return cluster.run(cluster.nodes[via]->quorum.write(of_client(cluster.nodes[via]->parts.blind("k", value))));
  }
};

TEST_F(ClosedTest, AMajorityRefusesClients) {
  close({0, 1});
  const auto put = client_puts(2, "late");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::kUnknownOutcome);  // one replica has taken it
  EXPECT_FALSE(cluster.value_at(0, "k"));
  EXPECT_FALSE(cluster.value_at(1, "k"));
  EXPECT_EQ(cluster.value_at(2, "k"), "late");
  close({0}, false);
  EXPECT_TRUE(client_puts(1, "in time"));
}

TEST_F(ClosedTest, ConditionsAreNotEvenDecided) {
  close({0, 1});
  Write write = of_client(cluster.nodes[2]->parts.conditional("k", std::nullopt, "late"));
  const auto put = cluster.run(cluster.nodes[2]->quorum.write(std::move(write)));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::kUnavailable);
  for (size_t node = 0; node < 3; ++node) EXPECT_FALSE(cluster.value_at(node, "k")) << node;
}

// One replica has taken it, repair brings it to the others, and its writer looks for itself: that must not count.
TEST_F(ClosedTest, WhoFindsItselfIsNotAcknowledged) {
  close({0, 1});
  const Write late = of_client(cluster.nodes[2]->parts.blind("k", "late"));
  ASSERT_FALSE(cluster.run(cluster.nodes[2]->quorum.write(late)));
  cluster.down = {0};
  ASSERT_TRUE(cluster.run(cluster.nodes[1]->quorum.settle("k", SettleOptions{})));
  cluster.down = {};
  EXPECT_EQ(cluster.value_at(1, "k"), "late");
  EXPECT_FALSE(cluster.run(cluster.nodes[2]->quorum.write(late)));
  const SettleOptions as_client{.above = {}, .abort_upload = {}, .unless_closed = true};
  EXPECT_FALSE(cluster.run(cluster.nodes[2]->quorum.settle("k", as_client)));
}

TEST_F(ClosedTest, RepairGoesOn) {
  close({0, 1});
  ASSERT_FALSE(client_puts(2, "one copy"));
  cluster.down = {0};
  const auto read = cluster.run(cluster.nodes[1]->quorum.read("k"));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->value, "one copy");
  EXPECT_EQ(cluster.value_at(1, "k"), "one copy");
  cluster.down = {};
  EXPECT_TRUE(cluster.put(2, "k", std::nullopt));  // no client's
  EXPECT_EQ(cluster.value_at(0, "k"), std::nullopt);
}

// It might be a client's.
TEST_F(ClosedTest, OfAnOlderProgramNothingThatLivesIsTaken) {
  close({0});
  auto& node = *cluster.nodes[0];
  const auto answer = [&](Operation operation, std::optional<std::string> value) {
    auto request = std::make_shared<Request>();
    request->operation = operation;
    request->purpose = Purpose::kUnsaid;
    request->stage = 1;
    request->key = "k";
    request->ballot = {node.parts.clock.ms, 1};
    if (operation == Operation::kInstall) {
      request->row = Row{};
      request->row->ord = {node.parts.clock.ms, 2};
      request->row->value = std::move(value);
    }
    return cluster.run(node.replica.handle(request)).value().verdict;
  };
  EXPECT_EQ(answer(Operation::kInstall, "late"), Verdict::kClosed);
  EXPECT_EQ(answer(Operation::kPrepare, {}), Verdict::kDone);
  EXPECT_EQ(answer(Operation::kInstall, std::nullopt), Verdict::kDone);
  close({0}, false);
  EXPECT_EQ(answer(Operation::kInstall, "in time"), Verdict::kDone);
}

TEST_F(ClosedTest, WhereOneNodeKeepsTheRow) {
  cluster.placement.sets = {1, {testing::id_of(0)}, {{testing::id_of(0)}}};
  auto& node = *cluster.nodes[0];
  close({0});
  const auto put = cluster.run(node.placed.write(of_client(node.parts.blind("k", "late"))));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::kUnavailable);
  const SettleOptions as_client{.above = {}, .abort_upload = {}, .unless_closed = true};
  EXPECT_FALSE(cluster.run(node.placed.settle("k", as_client)));
  EXPECT_TRUE(cluster.run(node.placed.settle("k", SettleOptions{})));
  EXPECT_TRUE(cluster.run(node.placed.write(node.parts.blind("k", "repaired"))));
}

}  // namespace
}  // namespace garage::table
