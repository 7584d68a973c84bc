#include "table/local_register.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "runtime/task_group.hpp"
#include "table/local_write.hpp"
#include "table/promise.hpp"
#include "table/testing.hpp"

namespace garage::table {
namespace {

using testing::TestNode;

struct Fixture : ::testing::Test {
  TestNode node{7};
  LocalRegister rows{node.store, node.commits, node.pool, node.ords, node.schema};

  Result<Written> write(Write write) { return node.loop.run_until_done(rows.write(std::move(write))); }
  std::optional<Row> read(std::string key) {
    auto row = node.loop.run_until_done(rows.read(std::move(key)));
    EXPECT_TRUE(row);
    return *row;
  }
  void put_promise(std::string_view key, Ord promise) {
    kv::Batch batch;
    std::string at = promise_key(node.schema.family(), key);
    std::string bytes = encode_promise(at, promise);
    batch.put(kv::Family::kPromise, at, bytes);
    ASSERT_TRUE(node.store.write(batch, kv::Durability::kSynced));
  }
  std::optional<Ord> promise(std::string_view key) {
    const std::string at = promise_key(node.schema.family(), key);
    auto bytes = node.store.get(kv::Family::kPromise, at);
    if (!bytes || !*bytes) return std::nullopt;
    return *decode_promise(at, **bytes);
  }
};

using LocalRegisterTest = Fixture;

// The commit queue bounds what waits by it.
TEST_F(LocalRegisterTest, AWriteCountsTheValueAndWhatGoesWithIt) {
  struct Extra : CommitExtra {
    Result<void> apply(kv::View&, kv::Batch&, Ord) override { return {}; }
    size_t bytes() const override { return 7000; }
  };
  Write write = node.blind("k", std::string(5000, 'x'));
  write.companions = {{kv::Family::kInline, "k", std::string(3000, 'y')}};
  write.extra = std::make_shared<Extra>();
  EXPECT_GE(LocalWrite(node.schema, std::move(write), Ord{}, nullptr, 0).bytes(), 15000u);
}

TEST_F(LocalRegisterTest, WritesReadsAndDeletes) {
  EXPECT_FALSE(read("k"));
  auto first = write(node.blind("k", "one"));
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->before);
  EXPECT_EQ(*read("k")->value, "one");
  EXPECT_EQ(read("k")->modified_ms, node.clock.ms);

  node.clock.ms -= 5000;  // the clock falls back, the order does not
  auto second = write(node.blind("k", std::nullopt));
  ASSERT_TRUE(second);
  EXPECT_GT(second->ord, first->ord);
  EXPECT_EQ(*second->before->value, "one");
  ASSERT_TRUE(read("k"));
  EXPECT_FALSE(read("k")->value);
  EXPECT_FALSE(promise("k"));
}

TEST_F(LocalRegisterTest, ConditionsAreDecidedOnWhatIsThere) {
  EXPECT_TRUE(write(node.conditional("k", std::nullopt, "one")));
  EXPECT_EQ(write(node.conditional("k", std::nullopt, "two")).error().kind, ErrorKind::kPrecondition);
  EXPECT_EQ(write(node.conditional("k", "zero", "two")).error().kind, ErrorKind::kPrecondition);
  EXPECT_EQ(*read("k")->value, "one");
  EXPECT_TRUE(write(node.conditional("k", "one", "two")));
  EXPECT_TRUE(write(node.conditional("k", "two", std::nullopt)));
  EXPECT_FALSE(read("k")->value);
  EXPECT_TRUE(write(node.conditional("k", std::nullopt, "three")));  // over a tombstone
  EXPECT_EQ(*read("k")->value, "three");
}

TEST_F(LocalRegisterTest, LineageGrowsIsBoundedAndIsCutByAPlainWrite) {
  ASSERT_TRUE(write(node.blind("k", "0")));
  const Row blind = *read("k");
  EXPECT_TRUE(blind.lineage.empty());
  EXPECT_EQ(blind.blind_floor, blind.ord);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(write(node.conditional("k", std::to_string(i), std::to_string(i + 1))));
  const Row last = *read("k");
  EXPECT_EQ(last.lineage.size(), kLineageMax);
  EXPECT_EQ(last.blind_floor, blind.ord);
  EXPECT_EQ(last.floor, last.lineage.front().second);
  ASSERT_TRUE(write(node.blind("k", "over")));
  EXPECT_TRUE(read("k")->lineage.empty());
}

Task<void> race(LocalRegister& rows, Write write, int& won, int& lost) {
  auto written = co_await rows.write(std::move(write));
  if (written) {
    ++won;
  } else if (written.error().kind == ErrorKind::kPrecondition) {
    ++lost;
  }
}

TEST_F(LocalRegisterTest, SixteenRacingWritersHaveOneWinner) {
  for (int round = 0; round < 50; ++round) {
    const std::string key = "key" + std::to_string(round);
    int won = 0, lost = 0;
    runtime::Loop::Scope scope(&node.loop);
    runtime::TaskGroup group;
    for (int i = 0; i < 16; ++i) {
      group.spawn(race(rows, node.conditional(key, std::nullopt, std::to_string(i)), won, lost));
    }
    while (group.running() > 0) node.loop.run();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 15);
  }
}

// Each thread with its own loop, as in a program; for the thread sanitizer too.
TEST_F(LocalRegisterTest, ThreadsRaceAsWell) {
  constexpr int kThreads = 4, kKeys = 100;
  std::array<std::atomic<int>, kKeys> winners{};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      runtime::ManualLoop loop;
      for (int k = 0; k < kKeys; ++k) {
        Write write{.key = std::to_string(k), .uuid = {}, .decision = {}, .companions = {}, .extra = {}, .ceiling = {}};
        write.uuid.bytes[0] = static_cast<unsigned char>(t + 1);
        write.decision = std::make_shared<testing::IfValueIs>(std::nullopt, std::to_string(t));
        write.conditional = true;
        if (loop.run_until_done(rows.write(std::move(write)))) ++winners[static_cast<size_t>(k)];
        EXPECT_TRUE(*loop.run_until_done(rows.read(std::to_string(k))));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& won : winners) EXPECT_EQ(won, 1);
}

TEST_F(LocalRegisterTest, GoesAboveAForeignFence) {
  const Ord ballot{node.clock.ms + 5000, 9};
  put_promise("k", ballot);
  auto plain = write(node.blind("k", "one"));
  ASSERT_TRUE(plain);
  EXPECT_GT(plain->ord, ballot);
  EXPECT_EQ(promise("k"), ballot);
}

// A gateway's plain write of an ord below a local conditional one must not be acknowledged behind it.
TEST_F(LocalRegisterTest, AConditionalWriteIsItsOwnFenceUntilAPlainOneReplacesIt) {
  auto decided = write(node.conditional("k", std::nullopt, "one"));
  ASSERT_TRUE(decided);
  EXPECT_FALSE(promise("k"));
  ASSERT_TRUE(write(node.blind("k", "two")));
  EXPECT_EQ(promise("k"), decided->ord);
  ASSERT_TRUE(write(node.blind("k", "three")));
  EXPECT_EQ(promise("k"), decided->ord);
}

TEST_F(LocalRegisterTest, ALeaseThatEndedAppliesNothing) {
  Write late = node.blind("k", "late");
  late.ceiling = Ord{node.clock.ms - 1, 0};
  EXPECT_EQ(write(std::move(late)).error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(read("k"));
  Write in_time = node.blind("k", "in time");
  in_time.ceiling = Ord{node.clock.ms + 1, 0};
  EXPECT_TRUE(write(std::move(in_time)));
}

class CountingExtra final : public CommitExtra {
 public:
  Result<void> apply(kv::View& view, kv::Batch& batch, Ord ord) override {
    if (refuse) return fail(ErrorKind::kIo, "asked to fail");
    applied_at = ord;
    batch.put(kv::Family::kBlockIndex, "extra", "there");
    return {};
  }
  void committed() override { ++commits; }

  bool refuse = false;
  Ord applied_at;
  int commits = 0;
};

TEST_F(LocalRegisterTest, CompanionsAndExtrasAreInTheSameBatch) {
  auto extra = std::make_shared<CountingExtra>();
  Write with = node.blind("k", "one");
  with.companions = {{kv::Family::kInline, "body", "bytes"}};
  with.extra = extra;
  auto written = write(with);
  ASSERT_TRUE(written);
  EXPECT_EQ(extra->applied_at, written->ord);
  EXPECT_EQ(extra->commits, 1);
  EXPECT_EQ(**node.store.get(kv::Family::kInline, "body"), "bytes");
  EXPECT_EQ(**node.store.get(kv::Family::kBlockIndex, "extra"), "there");
  EXPECT_EQ(*node.schema.memory["k"].value, "one");

  extra->refuse = true;
  with.uuid = node.random.id<Uuid>();
  with.decision = always("two");
  EXPECT_EQ(write(with).error().kind, ErrorKind::kIo);
  EXPECT_EQ(*read("k")->value, "one");
  EXPECT_EQ(extra->commits, 1);
}

TEST_F(LocalRegisterTest, AFailedWriteLeavesTheRow) {
  ASSERT_TRUE(write(node.blind("k", "one")));
  node.store.fail_next_writes(ErrorKind::kNoSpace, 1);
  EXPECT_EQ(write(node.blind("k", "two")).error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(*read("k")->value, "one");
  EXPECT_EQ(*node.schema.memory["k"].value, "one");
}

TEST_F(LocalRegisterTest, ReadsThroughThePoolWhenCold) {
  ASSERT_TRUE(write(node.blind("k", "one")));
  node.store.set_cold(true);
  EXPECT_EQ(*read("k")->value, "one");
}

TEST_F(LocalRegisterTest, ADamagedRowIsAnErrorNeverAnAbsence) {
  ASSERT_TRUE(write(node.blind("k", "one")));
  kv::Batch batch;
  batch.put(node.schema.family(), "k", "nonsense");
  ASSERT_TRUE(node.store.write(batch, kv::Durability::kSynced));
  EXPECT_EQ(node.loop.run_until_done(rows.read("k")).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(write(node.conditional("k", std::nullopt, "two")).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace garage::table
