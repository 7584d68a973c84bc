#include "table/service.hpp"

#include <gtest/gtest.h>

#include "net/peer_info.hpp"
#include "runtime/task_group.hpp"
#include "table/envelope.hpp"
#include "table/operations.hpp"
#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::TestCluster;

TEST(TableService, CarriesTheRegisterOverTheWire) {
  TestCluster cluster(4);
  ASSERT_TRUE(cluster.put(3, "k", "one"));  // a node that stores nothing
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(cluster.value_at(i, "k"), "one");
  auto& first = *cluster.nodes[0];
  ASSERT_TRUE(cluster.run(first.quorum.write(first.parts.conditional("k", "one", "two"))));
  EXPECT_EQ(*(*cluster.run(cluster.nodes[3]->quorum.read("k")))->value, "two");
}

Task<void> write_one(QuorumRegister& rows, Write write, int& failed) {
  const auto written = co_await rows.write(std::move(write));
  if (!written) ++failed;
}

TEST(WirePeers, RequestsOfOneTurnShareAMessage) {
  TestCluster cluster;
  auto& node = *cluster.nodes[0];
  int failed = 0;
  runtime::Loop::Scope scope(&cluster.loop);
  runtime::TaskGroup group;
  for (int i = 0; i < 100; ++i) {
    group.spawn(write_one(node.quorum, node.parts.blind("k" + std::to_string(i), "v"), failed));
  }
  while (group.running() > 0) cluster.loop.advance(1ms);
  EXPECT_EQ(failed, 0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(cluster.value_at(2, "k" + std::to_string(i)), "v");
  EXPECT_LE(node.caller.messages, 20);  // instead of 400: two peers, READ and INSTALL, in some pieces
}

TEST(WirePeers, ErrorsTravelOneByOne) {
  TestCluster cluster;
  cluster.nodes[1]->parts.schema.fail_derivation = true;
  ASSERT_TRUE(cluster.put(0, "k", "one"));
  EXPECT_FALSE(cluster.stored(1, "k"));
  cluster.down = {2};
  EXPECT_FALSE(cluster.put(0, "k", "two"));
}

TEST(QuorumRegister, ReadsAskTheNearestAndTheOthersWhereOneFails) {
  TestCluster cluster;
  ASSERT_TRUE(cluster.put(0, "k", "one"));
  auto& node = *cluster.nodes[0];
  node.caller.messages = 0;
  ASSERT_TRUE(cluster.run(node.quorum.read("k")));
  EXPECT_EQ(node.caller.messages, 1);  // itself, and one more
  cluster.silent = {1};
  const auto before = cluster.loop.now();
  ASSERT_TRUE(cluster.run(node.quorum.read("k")));
  EXPECT_LT(cluster.loop.now() - before, 1s);
  cluster.loop.advance(60s);  // the call that nobody waits for ends
}

TEST(QuorumRegister, OneOfTwoAnswersReadsWhereTheOtherCannotBeReached) {
  TestCluster cluster(2);
  cluster.placement.sets = {1, {id_of(0), id_of(1)}, {{id_of(0), id_of(1)}}};
  ASSERT_TRUE(cluster.put(0, "k", "one"));
  cluster.down = {1};
  EXPECT_EQ(*(*cluster.run(cluster.nodes[0]->quorum.read("k")))->value, "one");
  EXPECT_EQ(cluster.put(0, "k", "two").error().kind, ErrorKind::kUnavailable);
  auto& first = *cluster.nodes[0];
  EXPECT_FALSE(cluster.run(first.quorum.write(first.parts.conditional("k", "one", "two"))));
}

TEST(QuorumRegister, ModesThatAnswerWithoutAMajority) {
  for (const Consistency mode : {Consistency::kDegraded, Consistency::kDangerous}) {
    QuorumOptions options;
    options.consistency = mode;
    TestCluster cluster(3, options);
    ASSERT_TRUE(cluster.put(0, "k", "one"));
    cluster.down = {1, 2};
    auto& first = *cluster.nodes[0];
    EXPECT_EQ(*(*cluster.run(first.quorum.read("k")))->value, "one");
    EXPECT_EQ(cluster.put(0, "k", "two").has_value(), mode == Consistency::kDangerous);
    EXPECT_FALSE(cluster.run(first.quorum.write(first.parts.conditional("k", "one", "two"))));
  }
}

TEST(QuorumRegister, WhereOneCopyAnswersAWriterReadsItsOwn) {
  QuorumOptions options;
  options.consistency = Consistency::kDangerous;
  TestCluster cluster(3, options);
  ASSERT_TRUE(cluster.put(0, "k", "one"));
  cluster.nodes[0]->parts.store.fail_next_writes(ErrorKind::kIo, 1);
  ASSERT_TRUE(cluster.put(0, "k", "two"));
  EXPECT_EQ(*(*cluster.run(cluster.nodes[0]->quorum.read("k")))->value, "two") << "not the copies of others only";
}

TEST(TableService, RefusesWhatItDoesNotUnderstand) {
  TestCluster cluster;
  TableService& service = cluster.nodes[0]->service;
  const auto kind = [&](std::string operation, std::string payload) {
    return cluster.run(service.answer(std::move(operation), std::move(payload))).error().kind;
  };
  EXPECT_EQ(kind("table/nonsense", ""), ErrorKind::kUnsupported);
  EXPECT_EQ(kind(std::string(kCallOperation), ""), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(std::string(kCallOperation), "garbage"), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(std::string(kCallOperation), enclose_requests(std::vector<std::string>(65, "x"))),
            ErrorKind::kInvalid);

  // One bad request among good ones spoils only its own answer.
  Request other_table;
  other_table.family = kv::Family::kUpload;
  other_table.key = "k";
  Request good;
  good.key = "k";
  const std::vector<std::string> requests{"garbage", encode_request(other_table), encode_request(good)};
  auto answer = cluster.run(service.answer(std::string(kCallOperation), enclose_requests(requests)));
  ASSERT_TRUE(answer);
  auto replies = open_replies(*answer, 3);
  ASSERT_TRUE(replies);
  EXPECT_EQ((*replies)[0].error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ((*replies)[1].error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(decode_reply("k", *(*replies)[2])->verdict, Verdict::kStageOver);
  EXPECT_FALSE(open_replies(*answer, 2));
  EXPECT_FALSE(open_replies(*answer, 4));
}

TEST(TableService, SpeaksToNodesOnly) {
  TestCluster cluster;
  net::PeerInfo who;
  who.facts.role = net::Role::kClient;
  EXPECT_EQ(cluster.run(cluster.nodes[0]->service.handle(std::string(kCallOperation), "", who)).error().kind,
            ErrorKind::kDenied);
}

TEST(TableService, AnOrdThatNothingCanFollowIsDamage) {
  Reply reply;
  reply.seen = Ord::highest();
  EXPECT_EQ(decode_reply("k", encode_reply("k", reply)).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace garage::table
