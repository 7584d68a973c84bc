// Objects on three nodes: what one node takes, all of them have, and what is given up leaves nothing anywhere.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "block/queue_rows.hpp"
#include "object/testing/cluster_fixture.hpp"

namespace garage::object {
namespace {

using namespace testing;

struct ClusterTest : ClusterFixture {
  // Four rounds of the collectors of the others, none of which may take longer.
  void collect_while_one_is_slow(Duration longest) {
    cluster.world.board.ports[node_id(2)].delay = 9s;
    for (const int round : {0, 1, 2, 3}) {
      cluster.world.loop.advance(2s);
      const MonotonicTime before = cluster.world.loop.now();
      for (const size_t at : {0u, 1u}) ASSERT_OK(cluster.run(cluster.members[at]->objects->collect_once()));
      EXPECT_LT(cluster.world.loop.now() - before, longest) << "in round " << round;
    }
  }
};

TEST_F(ClusterTest, WhatOneNodeTakesAllHave) {
  ASSERT_OK(cluster.put(0, "small", small));
  ASSERT_OK(cluster.put(1, "large", large));
  ASSERT_OK(cluster.put(2, "empty", ""));
  expect_everywhere("small", small);
  expect_everywhere("large", large);
  expect_everywhere("empty", "");
  EXPECT_EQ(cluster.get(2, "large", {10'000, 20'000}), large.substr(10'000, 20'000));
  cluster.let_time_pass();
  expect_rows(8, 1);  // blocks of 8 KiB
  expect_everywhere("large", large);
}

TEST_F(ClusterTest, WhatIsReplacedOrRemovedLeavesNothing) {
  for (const auto& bytes : {large, small, other, large}) ASSERT_OK(cluster.put(0, "k", bytes));
  ASSERT_OK(cluster.put(1, "k", other));
  expect_everywhere("k", other);
  cluster.let_time_pass();
  expect_rows(6);
  expect_everywhere("k", other);
  ASSERT_OK(cluster.remove(2, "k"));
  expect_everywhere("k", "<none>");
  cluster.let_time_pass();
  expect_rows(0);
}

TEST_F(ClusterTest, ALongListOfBlocksIsFoundFromEverywhere) {
  const std::string bytes = noise(3, 60 * 8192);
  ASSERT_OK(cluster.put(0, "k", bytes));
  expect_everywhere("k", bytes);
  cluster.let_time_pass();
  expect_rows(60, 1);
  ASSERT_OK(cluster.remove(1, "k"));
  cluster.let_time_pass();
  expect_rows(0);
}

TEST_F(ClusterTest, OneNodeDownDelaysNobodyAndCatchesUp) {
  ASSERT_OK(cluster.put(0, "before", large));
  cluster.up(2, false);
  ASSERT_OK(cluster.put(0, "k", other));
  ASSERT_OK(cluster.put(1, "small", small));
  ASSERT_OK(cluster.remove(1, "before"));
  EXPECT_EQ(cluster.get(1, "k"), other);
  EXPECT_EQ(cluster.keys(0), (std::vector<std::string>{"k", "small"}));
  cluster.up(2, true);
  expect_everywhere("k", other);
  expect_everywhere("small", small);
  expect_everywhere("before", "<none>");
  EXPECT_EQ(cluster.keys(2), (std::vector<std::string>{"k", "small"}));
  cluster.let_time_pass();
  // Blocks come by hint and resync; rows that the node missed are the business of the tables.
  for (auto& member : cluster.members) {
    EXPECT_EQ(member->count(kv::Family::kBlockRef), 6u);
    EXPECT_EQ(member->count(kv::Family::kBlockIndex), 6u);
    EXPECT_EQ(member->count(kv::Family::kQueue), 0u);
  }
}

TEST_F(ClusterTest, TwoNodesDownIsRefusedAndLeavesNothing) {
  cluster.up(1, false);
  cluster.up(2, false);
  EXPECT_EQ(cluster.put(0, "k", large).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(cluster.put(0, "k", small).error().kind, ErrorKind::kUnavailable);
  cluster.up(1, true);
  cluster.up(2, true);
  expect_everywhere("k", "<none>");
  cluster.let_time_pass();
  for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kBlockRef), 0u);
}

// What one has taken, and the others had no room for, may not stand in the way of reading, listing and removing.
TEST_F(ClusterTest, NearlyFullDisksKeepNothingFromBeingReadAndRemoved) {
  const auto short_of_space = [this](bool is_short, bool room_to_settle) {
    for (const size_t at : {1u, 2u}) {
      cluster.members[at]->machine.store.set_short_of_space(is_short, room_to_settle);
    }
  };
  const auto list = [this](size_t at) {
    ListQuery query;
    query.bucket = cluster.bucket.id;
    query.spread = cluster.bucket.spread;
    return cluster.run(cluster.members[at]->objects->list(std::move(query)));
  };
  ASSERT_OK(cluster.put(0, "before", small));
  short_of_space(true, true);
  const auto refused = cluster.put(0, "ghost", small);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("nearly full"), std::string::npos) << refused.error().message;
  ASSERT_EQ(cluster.members[0]->count(kv::Family::kInline), 2u);
  for (size_t at = 0; at < ObjectCluster::kNodes; ++at) {
    const std::string got = cluster.get(at, "ghost");
    EXPECT_TRUE(got == small || got == "<none>") << got;
    EXPECT_OK(list(at));
  }
  ASSERT_OK(cluster.remove(1, "ghost"));
  ASSERT_OK(cluster.remove(2, "before"));
  short_of_space(true, false);
  ASSERT_FALSE(cluster.put(0, "ghost", small));
  ASSERT_OK(cluster.remove(0, "ghost"));  // this costs no room
  EXPECT_TRUE(list(1).value().objects.empty());
  short_of_space(false, true);
  cluster.let_time_pass();
  expect_rows(0);
}

TEST_F(ClusterTest, WhatNearlyFullDisksRefuseLeavesNothing) {
  const auto rows = [this] {
    size_t count = 0;
    for (auto& member : cluster.members) {
      count +=
          member->count(kv::Family::kPromise) + member->count(kv::Family::kObject) + member->count(kv::Family::kUpload);
    }
    return count;
  };
  const auto begin_upload = [this](size_t at) {
    return cluster.run(cluster.members[at]->objects->create_upload({cluster.bucket, "upload", {}, "", {}, {}}));
  };
  cluster.members[0]->machine.store.set_short_of_space(true);
  EXPECT_OK(begin_upload(0));  // the others have room
  EXPECT_OK(cluster.put(0, "empty", ""));
  const size_t before = rows();
  for (auto& member : cluster.members) member->machine.store.set_short_of_space(true);
  const auto unconditional = [](const CurrentObject*) -> Result<void> { return {}; };
  for (size_t at = 0; at < ObjectCluster::kNodes; ++at) {
    for (const std::string& bytes : {std::string(), small, large}) {
      EXPECT_FALSE(cluster.put(at, fmt::format("{}.{}", at, bytes.size()), bytes));
      auto request = cluster.put_request(fmt::format("{}.{}.", at, bytes.size()));
      request.condition = unconditional;
      StringSource source(bytes);
      EXPECT_FALSE(cluster.run(cluster.members[at]->objects->put(std::move(request), source)));
    }
    EXPECT_FALSE(begin_upload(at));
  }
  EXPECT_EQ(rows(), before);
  for (auto& member : cluster.members) member->machine.store.set_short_of_space(false);
  ASSERT_OK(cluster.put(0, "0.0", ""));
}

TEST_F(ClusterTest, ACoordinatorThatDiesBeforeTheRowLeavesNothing) {
  // The blocks arrive, the row does not.
  for (size_t i = 0; i < ObjectCluster::kNodes; ++i) {
    cluster.world.board.ports[node_id(i)].broken_operation = table::kCallOperation;
  }
  EXPECT_FALSE(cluster.put(0, "k", large));
  for (size_t i = 0; i < ObjectCluster::kNodes; ++i) cluster.world.board.ports[node_id(i)].broken_operation.clear();
  EXPECT_EQ(cluster.members[1]->count(kv::Family::kBlockRef), 8u);
  ASSERT_OK(cluster.put(1, "other", other));
  cluster.let_time_pass();
  expect_rows(6);
  expect_everywhere("other", other);
}

TEST_F(ClusterTest, PagesOfKeysComeFromAllShards) {
  for (const char* key : {"a", "b/1", "b/2", "c/1", "d"}) ASSERT_OK(cluster.put(0, key, small));
  ASSERT_OK(cluster.remove(1, "c/1"));
  for (size_t at = 0; at < ObjectCluster::kNodes; ++at) {
    EXPECT_EQ(cluster.keys(at, "", "/"), (std::vector<std::string>{"a", "d", "b/"}));
    EXPECT_EQ(cluster.keys(at, "b/"), (std::vector<std::string>{"b/1", "b/2"}));
  }
  ListQuery query{cluster.bucket.id, cluster.bucket.spread, "", "", "", "", 2};
  auto first = cluster.run(cluster.members[0]->objects->list(query)).value();
  EXPECT_TRUE(first.truncated);
  EXPECT_EQ(first.last_item, "b/1");
  query.from = first.next_from;
  auto second = cluster.run(cluster.members[1]->objects->list(query)).value();
  EXPECT_FALSE(second.truncated);
  EXPECT_EQ(second.objects.back().key, "d");
  EXPECT_EQ(second.objects.front().bytes, small.size());
}

TEST_F(ClusterTest, CopiesShareBlocksAndOutliveTheirSource) {
  ASSERT_OK(cluster.put(0, "small", small));
  ASSERT_OK(cluster.put(0, "large", large));
  ASSERT_OK(cluster.copy(1, "small", "small copy"));
  ASSERT_OK(cluster.copy(1, "large", "large copy"));
  ASSERT_OK(cluster.remove(2, "small"));
  ASSERT_OK(cluster.remove(2, "large"));
  cluster.let_time_pass();
  expect_rows(8, 1);
  expect_everywhere("small copy", small);
  expect_everywhere("large copy", large);
}

TEST_F(ClusterTest, UsageIsToldAlikeEverywhere) {
  const size_t gateway = cluster.add_gateway();
  for (const char* key : {"a", "b", "c", "d", "e"}) ASSERT_OK(cluster.put(0, key, small));
  ASSERT_OK(cluster.put(1, "a", large));
  ASSERT_OK(cluster.remove(2, "b"));
  (void)create(0, "m");
  for (const size_t at : {size_t{0}, size_t{2}, gateway}) {
    const auto usage = cluster.run(cluster.members[at]->objects->usage(cluster.bucket.id)).value();
    EXPECT_EQ(usage.objects, 4u);
    EXPECT_EQ(usage.bytes, large.size() + 3 * small.size());
    EXPECT_EQ(usage.unfinished_uploads, 1u);
  }
  cluster.up(2, false);
  EXPECT_EQ(cluster.run(cluster.members[0]->objects->usage(cluster.bucket.id)).value().objects, 4u);
  cluster.up(2, true);
  cluster.bucket.quotas.objects_max = 4;
  EXPECT_EQ(cluster.put(gateway, "one too many", small).error().kind, ErrorKind::kOverQuota);
}

// Each write into a bucket with quotas waits for it.
TEST_F(ClusterTest, UsageIsAskedOfAllNodesTogether) {
  ASSERT_OK(cluster.put(0, "k", small));
  for (const size_t slow : {1u, 2u}) cluster.world.board.ports[node_id(slow)].delay = 1s;
  const auto began = cluster.world.loop.now();
  EXPECT_EQ(cluster.run(cluster.members[0]->objects->usage(cluster.bucket.id)).value().objects, 1u);
  EXPECT_LT(cluster.world.loop.now() - began, 2s);
}

TEST_F(ClusterTest, ConditionsAreDecidedOnce) {
  const WriteCondition if_absent = [](const CurrentObject* current) -> Result<void> {
    if (current != nullptr) return fail(ErrorKind::kPrecondition, "there is one");
    return {};
  };
  ASSERT_OK(cluster.put(0, "k", large, if_absent));
  EXPECT_EQ(cluster.put(1, "k", other, if_absent).error().kind, ErrorKind::kPrecondition);
  expect_everywhere("k", large);
  cluster.let_time_pass();
  expect_rows(8);
}

TEST_F(ClusterTest, AnEditKeepsTheBytes) {
  ASSERT_OK(cluster.put(0, "small", small));
  ASSERT_OK(cluster.put(0, "large", large));
  cluster.up(2, false);
  for (const char* key : {"small", "large"}) {
    ASSERT_OK(cluster.run(cluster.members[1]->objects->edit(cluster.bucket, key, [](model::ObjectVersion& version) {
      version.headers.push_back({"x-edited", "yes"});
      return Result<void>();
    })));
  }
  cluster.up(2, true);
  cluster.let_time_pass();
  expect_everywhere("small", small);
  expect_everywhere("large", large);
  expect_rows(8, 1);
}

TEST_F(ClusterTest, ReplacedBytesStayForTheirGraceWhateverTheClocksSay) {
  ASSERT_OK(cluster.put(0, "k", large));
  cluster.let_time_pass();  // its lease is over
  ASSERT_OK(cluster.put(1, "k", other));
  cluster.world.clock.unix_ms += 3'600'000;
  for (int round = 0; round < 3; ++round) {
    for (auto& member : cluster.members) ASSERT_OK(cluster.run(member->objects->collect_once()));
  }
  for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kBlockRef), 8u + 6u);
  cluster.world.loop.advance(2s);
  for (auto& member : cluster.members) ASSERT_OK(cluster.run(member->objects->collect_once()));
  for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kBlockRef), 6u);
}

// A write that nobody confirmed may be settled long after it: until then its key is read as it was before.
TEST_F(ClusterTest, TheGraceBeginsOnceNobodyCanReadTheReplacedRowAnyMore) {
  ASSERT_OK(cluster.put(0, "k", large));
  cluster.let_time_pass();  // its lease is over
  auto object = cluster.run(cluster.members[1]->objects->head(cluster.bucket, "k"));
  ASSERT_TRUE(object && *object);
  const std::string row_key = (*object)->row_key;
  const size_t first = table::parse_shard_prefix(row_key)->shard % ObjectCluster::kNodes;  // who is asked first
  const size_t second = (first + 1) % ObjectCluster::kNodes, third = (first + 2) % ObjectCluster::kNodes;
  auto removal = std::make_shared<table::Request>();
  removal->operation = table::Operation::kInstall;
  removal->stage = 1;
  removal->key = row_key;
  removal->row.emplace();
  removal->row->ord = {cluster.world.clock.wall_now().unix_ms, 1};
  removal->row->uuid.bytes[0] = 1;
  const auto answer = cluster.run(cluster.members[first]->tables[0]->replica.handle(removal));
  ASSERT_TRUE(answer && answer->verdict == table::Verdict::kDone);
  EXPECT_EQ(cluster.members[first]->count(kv::Family::kQueue), 1u);
  const auto collect = [this](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (auto& member : cluster.members) ASSERT_OK(cluster.run(member->objects->collect_once()));
    }
  };
  // As long as the others do not answer it cannot be settled.
  cluster.up(second, false);
  cluster.up(third, false);
  for (int minute = 0; minute < 10; ++minute) {
    collect(1);
    cluster.world.loop.advance(1min);
  }
  EXPECT_EQ(cluster.members[first]->count(kv::Family::kQueue), 1u);
  cluster.up(second, true);
  cluster.up(third, true);
  collect(3);
  EXPECT_TRUE(cluster.get(second, "k") == "<none>");
  auto reader = cluster.run(cluster.members[third]->objects->open(cluster.bucket, "k", std::move(**object), {}));
  ASSERT_TRUE(reader);
  const auto piece = cluster.run((*reader)->next());
  ASSERT_TRUE(piece) << piece.error().message;
  EXPECT_TRUE(piece->view() == large.substr(0, piece->size()));
  reader->reset();
  cluster.let_time_pass();
  expect_rows(0);
}

TEST(ClusterGrace, OfBytesThatAreReplacedWhileTheirLeaseRunsOutlastsIt) {
  ObjectCluster cluster(3, {}, 10min);
  const auto collect = [&cluster](size_t references) {
    for (int round = 0; round < 3; ++round) {
      for (auto& member : cluster.members) ASSERT_OK(cluster.run(member->objects->collect_once()));
    }
    for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kBlockRef), references);
  };
  ASSERT_OK(cluster.put(0, "k", noise(1, 60'000)));
  cluster.world.loop.advance(4min);
  ASSERT_OK(cluster.put(1, "k", noise(2, 45'000)));
  cluster.world.loop.advance(2min);  // the first lease is over
  collect(8 + 6);
  cluster.world.loop.advance(9min);
  collect(8 + 6);
  cluster.world.loop.advance(2min);
  collect(6);
  for (auto& member : cluster.members) EXPECT_EQ(member->count(kv::Family::kQueue, block::kLeaseQueue), 0u);
}

TEST_F(ClusterTest, WhoAnswersSlowlyHoldsTheCollectorsOfOthersUpLittle) {
  constexpr int kObjects = 24;
  for (int n = 0; n < kObjects; ++n) ASSERT_OK(cluster.put(0, fmt::format("k{}", n), large));
  cluster.world.loop.advance(10min);  // the leases are over
  for (int n = 0; n < kObjects; ++n) ASSERT_OK(cluster.remove(0, fmt::format("k{}", n)));
  collect_while_one_is_slow(60s);
  // What would be the third one's turn.
  for (const size_t at : {0u, 1u}) EXPECT_LT(cluster.members[at]->count(kv::Family::kQueue, "d"), kObjects * 2u / 3);
  cluster.world.board.ports[node_id(2)].delay = {};
  cluster.let_time_pass();
  expect_rows(0);
}

// The parts of one object, or of one upload, are no line behind each other.
TEST_F(ClusterTest, WhoAnswersSlowlyHoldsTheCollectorOfManyPartsUpLittle) {
  constexpr uint32_t kParts = 200;
  const Uuid upload = create(0, "m");
  std::vector<StoredPart> parts;
  for (uint32_t number = 1; number <= kParts; ++number) parts.push_back(part(0, "m", upload, number, large).value());
  ASSERT_EQ(complete(0, "m", upload, parts).value().problem, CompleteProblem::kNone);
  cluster.let_time_pass();
  ASSERT_OK(cluster.remove(0, "m"));
  collect_while_one_is_slow(100s);
  cluster.world.board.ports[node_id(2)].delay = {};
  cluster.let_time_pass();
  expect_rows(0);
}

// Each of them asks the same row by a round, which is refused while another one is under way.
TEST_F(ClusterTest, ManyEndedUploadsOfOneKeyAreCollectedOneAfterTheOther) {
  constexpr int kUploads = 60;
  for (int n = 0; n < kUploads; ++n) {
    const Uuid upload = create(0, "k");
    ASSERT_OK(part(0, "k", upload, 1, large));
    ASSERT_OK(cluster.run(cluster.members[0]->objects->abort_upload(cluster.bucket, "k", upload)));
  }
  for (const size_t at : {0u, 1u, 2u}) cluster.world.board.ports[node_id(at)].delay = 50ms;
  cluster.world.loop.advance(2s);
  for (int round = 0; round < 2; ++round) ASSERT_OK(cluster.run(cluster.members[0]->objects->collect_once()));
  EXPECT_EQ(cluster.members[0]->count(kv::Family::kQueue, "u"), 0u);
  cluster.let_time_pass();
  expect_rows(0);
}

TEST_F(ClusterTest, AGatewayDoesAllOfItWithNothingOfItsOwn) {
  const size_t gateway = cluster.add_gateway();
  ASSERT_OK(cluster.put(gateway, "small", small));
  ASSERT_OK(cluster.put(gateway, "large", noise(5, 60 * 8192)));
  ASSERT_OK(cluster.copy(gateway, "large", "copy"));
  const Uuid upload = create(gateway, "m");
  std::vector<StoredPart> parts{part(gateway, "m", upload, 1, large).value(),
                                part(gateway, "m", upload, 2, small).value()};
  ASSERT_EQ(complete(gateway, "m", upload, parts).value().problem, CompleteProblem::kNone);
  for (const size_t at : {size_t{1}, gateway}) {
    EXPECT_EQ(cluster.get(at, "small"), small);
    EXPECT_EQ(cluster.get(at, "copy"), noise(5, 60 * 8192));
    EXPECT_EQ(cluster.get(at, "m"), large + small);
    EXPECT_EQ(cluster.keys(at), (std::vector<std::string>{"copy", "large", "m", "small"}));
  }
  for (const char* key : {"copy", "large", "m", "small"}) ASSERT_OK(cluster.remove(gateway, key));
  cluster.let_time_pass();
  expect_rows(0);
  EXPECT_EQ(cluster.members[gateway]->count(kv::Family::kBlockIndex), 0u);
}

TEST_F(ClusterTest, NothingAcknowledgedIsLostWhenAllPowerFails) {
  for (const auto mode : {sim::CutMode::kDropAll, sim::CutMode::kSubset, sim::CutMode::kKeepAll}) {
    ASSERT_OK(cluster.put(0, "small", small));
    ASSERT_OK(cluster.put(1, "large", large));
    const Uuid upload = create(0, "m");
    std::vector<StoredPart> parts{part(2, "m", upload, 1, other).value()};
    cluster.power_cut(mode);
    ASSERT_EQ(complete(0, "m", upload, parts).value().problem, CompleteProblem::kNone);
    cluster.power_cut(mode);
    expect_everywhere("small", small);
    expect_everywhere("large", large);
    expect_everywhere("m", other);
  }
  cluster.let_time_pass();
  expect_rows(8 + 6, 1);
}

TEST_F(ClusterTest, ADamagedBlockIsReadFromAnotherNodeAndMended) {
  ASSERT_OK(cluster.put(0, "k", large));
  const BlockHash hash = block::testing::hash_of(large.substr(0, 8192));
  auto& node = cluster.members[1]->node;
  const auto place = node.place(hash);
  ASSERT_OK(cluster.machines[1]->disk.flip_bits(node.path(place), place.offset + 4000, 16, 3));
  EXPECT_EQ(cluster.get(1, "k"), large);
  cluster.let_time_pass();
  EXPECT_EQ(cluster.run(node.blocks->read(hash, 0, 8192)).value().view(), large.substr(0, 8192));
}

TEST_F(ClusterTest, NothingIsPutIntoABucketThatIsGone) {
  cluster.world.bucket_exists = false;
  EXPECT_EQ(cluster.put(0, "k", large).error().kind, ErrorKind::kNotFound);
  cluster.let_time_pass();
  expect_rows(0);
}

}  // namespace
}  // namespace garage::object
