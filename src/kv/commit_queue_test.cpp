#include "kv/commit_queue.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "kv/memory_store.hpp"
#include "runtime/inline_pool.hpp"
#include "runtime/manual_loop.hpp"
#include "runtime/task_group.hpp"

namespace garage::kv {
namespace {

using runtime::ManualLoop;

// Holds jobs until told, so that changes gather as they do while a batch syncs.
class HeldPool : public runtime::Pool {
 public:
  void run(runtime::Job job) override { jobs_.push_back(std::move(job)); }
  size_t run_held() {
    size_t count = 0;
    for (; !jobs_.empty(); ++count) {
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
    }
    return count;
  }
  size_t held() const { return jobs_.size(); }

 private:
  std::deque<runtime::Job> jobs_;
};

// A change written as a function.
class Step : public Change {
 public:
  using Function = std::function<Result<void>(View&, Batch&)>;
  explicit Step(Function function, std::vector<Key> names = {})
      : function_(std::move(function)), names_(std::move(names)) {}
  void reads(std::vector<Key>& out) const override { out.insert(out.end(), names_.begin(), names_.end()); }
  Result<void> apply(View& view, Batch& batch) override { return function_(view, batch); }
  void committed() override {
    if (on_committed) on_committed();
  }
  size_t bytes() const override { return size; }

  std::function<void()> on_committed;
  size_t size = 256;

 private:
  Function function_;
  std::vector<Key> names_;
};

std::shared_ptr<Step> put(std::string key, std::string value) {
  return std::make_shared<Step>([key, value](View&, Batch& batch) {
    batch.put(Family::kObject, key, value);
    return Result<void>();
  });
}

// Adds one to a number; the check-and-write everything else is built from.
std::shared_ptr<Step> increment(std::string key, bool named = true) {
  std::vector<Key> names;
  if (named) names.push_back({Family::kObject, key});
  return std::make_shared<Step>(
      [key](View& view, Batch& batch) -> Result<void> {
        TRY(const auto row, view.get(Family::kObject, key));
        const int value = row ? std::stoi(std::string(*row)) : 0;
        batch.put(Family::kObject, key, std::to_string(value + 1));
        return {};
      },
      std::move(names));
}

class CommitQueueTest : public testing::Test {
 protected:
  static Task<void> hand_in(CommitQueue& queue, std::shared_ptr<Change> change, std::vector<Result<void>>& answers,
                            size_t slot) {
    answers[slot] = co_await queue.commit(std::move(change));
  }
  // Hands in all of them, then lets the pool run.
  std::vector<Result<void>> commit_together(CommitQueue& queue, std::vector<std::shared_ptr<Change>> changes) {
    std::vector<Result<void>> answers(changes.size(), fail(ErrorKind::kInternal, "not answered"));
    runtime::Loop::Scope scope(&loop_);
    runtime::TaskGroup group;
    for (size_t i = 0; i < changes.size(); ++i) group.spawn(hand_in(queue, changes[i], answers, i));
    pool_.run_held();
    loop_.run();
    EXPECT_EQ(group.running(), 0u);
    return answers;
  }
  std::optional<std::string> row(std::string_view key) { return *store_.get(Family::kObject, key); }

  ManualLoop loop_;
  HeldPool pool_;
  MemoryStore store_;
};

TEST_F(CommitQueueTest, ChangesSeeEarlierOnesOfTheirBatch) {
  CommitQueue queue(store_, pool_, {});
  std::vector<std::shared_ptr<Change>> changes;
  for (int i = 0; i < 10; ++i) changes.push_back(increment("n", i % 2 == 0));
  for (const auto& answer : commit_together(queue, changes)) EXPECT_TRUE(answer);
  EXPECT_EQ(row("n"), "10");
  EXPECT_EQ(queue.stats().batches, 1u);
  EXPECT_EQ(queue.stats().changes, 10u);
  for (const auto& answer : commit_together(queue, changes)) EXPECT_TRUE(answer);
  EXPECT_EQ(row("n"), "20");
}

enum class Claim { kSettles, kAdds };

// Puts one row, and says so of itself.
class Claiming final : public Change {
 public:
  Claiming(Claim claim, Family family) : claim_(claim), family_(family) {}
  void reads(std::vector<Key>&) const override {}
  Result<void> apply(View&, Batch& batch) override {
    batch.put(family_, "of others", "value");
    return {};
  }
  bool settles() const override { return claim_ == Claim::kSettles; }
  bool adds() const override { return claim_ == Claim::kAdds; }

 private:
  const Claim claim_;
  const Family family_;
};

// What deletes and settles must go on where the disk is nearly full: it brings the space back.
TEST_F(CommitQueueTest, WithoutSpaceOnlyWhatAddsBodiesIsRefused) {
  CommitQueue queue(store_, pool_, {});
  const auto body = [](Family family, std::string key, std::optional<std::string> value) {
    return std::make_shared<Step>([=](View&, Batch& batch) {
      batch.put(Family::kObject, key, "row");
      if (value) batch.put(family, key, *value);
      if (!value) batch.remove(family, key);
      return Result<void>();
    });
  };
  EXPECT_TRUE(commit_together(queue, {body(Family::kInline, "there", "body")}).front());
  store_.set_short_of_space(true);
  const auto answers = commit_together(
      queue, {put("a", "tombstone"), body(Family::kInline, "b", "body"), body(Family::kManifest, "c", "page"),
              body(Family::kBlockRef, "d", ""), body(Family::kInline, "there", "the same again"),
              body(Family::kInline, "there", std::nullopt), body(Family::kBlockIndex, "moved", "place")});
  for (const size_t refused : {1, 2, 3}) EXPECT_EQ(answers[refused].error().kind, ErrorKind::kNoSpace) << refused;
  for (const size_t taken : {0, 4, 5, 6}) EXPECT_TRUE(answers[taken]) << taken;
  EXPECT_EQ(row("b"), std::nullopt) << "all of a change or nothing";
  EXPECT_EQ(row("a"), "tombstone");
  const auto adding = std::make_shared<Claiming>(Claim::kAdds, Family::kObject);  // though it has no body
  EXPECT_EQ(commit_together(queue, {adding}).front().error().kind, ErrorKind::kNoSpace);
  const auto settling = std::make_shared<Claiming>(Claim::kSettles, Family::kInline);
  store_.set_short_of_space(true, false);
  EXPECT_EQ(commit_together(queue, {settling}).front().error().kind, ErrorKind::kNoSpace);
  store_.set_short_of_space(true, true);
  EXPECT_TRUE(commit_together(queue, {settling}).front());
  store_.set_short_of_space(false);
  EXPECT_TRUE(commit_together(queue, {body(Family::kInline, "b", "body")}).front());
}

TEST_F(CommitQueueTest, AChangeDoesNotSeeItself) {
  CommitQueue queue(store_, pool_, {});
  const auto change = std::make_shared<Step>([](View& view, Batch& batch) -> Result<void> {
    batch.put(Family::kObject, "a", "mine");
    TRY(const auto row, view.get(Family::kObject, "a"));
    EXPECT_FALSE(row);
    return {};
  });
  EXPECT_TRUE(commit_together(queue, {change, put("b", "1")})[0]);
}

TEST_F(CommitQueueTest, RemovedRowsAreGoneForLaterChanges) {
  CommitQueue queue(store_, pool_, {});
  commit_together(queue, {put("n", "7")});
  const auto remove = std::make_shared<Step>([](View&, Batch& batch) {
    batch.remove(Family::kObject, "n");
    return Result<void>();
  });
  commit_together(queue, {increment("n"), remove, increment("n")});
  EXPECT_EQ(row("n"), "1");
}

TEST_F(CommitQueueTest, ARefusedChangeWritesNothing) {
  CommitQueue queue(store_, pool_, {});
  const auto refused = std::make_shared<Step>([](View&, Batch& batch) -> Result<void> {
    batch.put(Family::kObject, "n", "100");
    batch.put(Family::kObject, "refused", "1");
    return fail(ErrorKind::kPrecondition, "no");
  });
  bool told = false;
  refused->on_committed = [&told] { told = true; };
  const auto answers = commit_together(queue, {increment("n"), refused, increment("n")});
  EXPECT_TRUE(answers[0]);
  EXPECT_EQ(answers[1].error().kind, ErrorKind::kPrecondition);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(row("n"), "2");
  EXPECT_EQ(row("refused"), std::nullopt);
  EXPECT_FALSE(told);
  EXPECT_EQ(queue.stats().changes, 3u);
  EXPECT_EQ(queue.stats().failures, 0u) << "a change may say no";
}

TEST_F(CommitQueueTest, AFailedWriteFailsAllAndLeavesTheRows) {
  CommitQueue queue(store_, pool_, {});
  commit_together(queue, {put("n", "1")});
  store_.fail_next_writes(ErrorKind::kNoSpace, 1);
  const auto refused = std::make_shared<Step>([](View& view, Batch&) -> Result<void> {
    TRY(const auto row, view.get(Family::kObject, "n"));
    EXPECT_EQ(*row, "2");  // a row that will never have existed
    return fail(ErrorKind::kPrecondition, "no");
  });
  const auto change = increment("n");
  bool told = false;
  change->on_committed = [&told] { told = true; };
  for (const auto& answer : commit_together(queue, {change, refused})) {
    EXPECT_EQ(answer.error().kind, ErrorKind::kNoSpace);
  }
  EXPECT_FALSE(told);
  EXPECT_EQ(row("n"), "1");
  EXPECT_EQ(queue.stats().failures, 2u);
  EXPECT_TRUE(commit_together(queue, {increment("n")})[0]);
  EXPECT_EQ(row("n"), "2");
}

TEST_F(CommitQueueTest, AFailedReadFailsOnlyWhoLooks) {
  CommitQueue queue(store_, pool_, {});
  store_.fail_next_reads(ErrorKind::kCorrupt, 1);
  const auto answers = commit_together(queue, {increment("n"), put("other", "1")});
  EXPECT_EQ(answers[0].error().kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(answers[1]);
  EXPECT_EQ(row("n"), std::nullopt);
  EXPECT_EQ(row("other"), "1");
  EXPECT_EQ(queue.stats().failures, 1u);
}

TEST_F(CommitQueueTest, FirstKeyMergesTheBatchAndTheStore) {
  CommitQueue queue(store_, pool_, {});
  commit_together(queue, {put("b", "1"), put("d", "1"), put("e", "1")});
  const auto edit = std::make_shared<Step>([](View&, Batch& batch) {
    batch.put(Family::kObject, "a", "1");
    batch.remove(Family::kObject, "b");
    batch.put(Family::kObject, "c", "1");
    batch.put(Family::kObject, "d", "2");
    batch.remove(Family::kObject, "e");
    batch.put(Family::kQueue, "0", "1");
    return Result<void>();
  });
  std::string found;
  const auto look = std::make_shared<Step>([&found](View& view, Batch&) -> Result<void> {
    for (const auto& [from, until] : std::vector<std::pair<std::string, std::string>>{
             {"", ""}, {"aa", ""}, {"c", "cc"}, {"cc", ""}, {"dd", ""}, {"b", "c"}, {"d", "d"}}) {
      TRY(const auto key, view.first_key(Family::kObject, from, until));
      found += key.value_or("-") + " ";
    }
    return {};
  });
  EXPECT_TRUE(commit_together(queue, {edit, look})[1]);
  EXPECT_EQ(found, "a c c d - - - ");
}

TEST_F(CommitQueueTest, HooksRunInOrderBeforeAnybodyIsAnswered) {
  CommitQueue queue(store_, pool_, {});
  std::string order;
  std::vector<std::shared_ptr<Change>> changes;
  for (const char* name : {"a", "b", "c"}) {
    auto change = put(name, "1");
    change->on_committed = [this, &order, name] {
      EXPECT_EQ(row("c"), "1");
      order += name;
    };
    changes.push_back(change);
  }
  commit_together(queue, changes);
  EXPECT_EQ(order, "abc");
}

TEST_F(CommitQueueTest, WaitingChangesAreBounded) {
  CommitOptions options;
  options.bytes_max = 1000;
  CommitQueue queue(store_, pool_, options);
  const auto large = put("large", "1");
  large->size = 5000;
  auto answers = commit_together(queue, {large, put("a", "1")});
  EXPECT_TRUE(answers[0]) << "alone it may be larger than the bound";
  EXPECT_EQ(answers[1].error().kind, ErrorKind::kOverloaded);
  answers = commit_together(queue, {put("a", "1"), put("b", "1"), put("c", "1"), put("d", "1")});
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(answers[3].error().kind, ErrorKind::kOverloaded);
  EXPECT_TRUE(commit_together(queue, {put("d", "1")})[0]);
}

TEST_F(CommitQueueTest, BatchesAreCut) {
  CommitOptions options;
  options.batch_changes_max = 4;
  options.batch_bytes_max = 1000;
  CommitQueue queue(store_, pool_, options);
  std::vector<std::shared_ptr<Change>> changes(10, nullptr);
  for (auto& change : changes) change = increment("n");
  commit_together(queue, changes);
  EXPECT_EQ(row("n"), "10");
  EXPECT_EQ(queue.stats().batches, 4u);  // 3 + 3 + 3 + 1: bytes cut before the count does
}

TEST_F(CommitQueueTest, ReadingAloneWritesNoBatch) {
  CommitQueue queue(store_, pool_, {});
  const auto look = std::make_shared<Step>([](View&, Batch&) { return Result<void>(); });
  bool told = false;
  look->on_committed = [&told] { told = true; };
  store_.fail_next_writes(ErrorKind::kIo, 1);
  EXPECT_TRUE(commit_together(queue, {look})[0]);
  EXPECT_TRUE(told);
  EXPECT_EQ(queue.stats().batches, 0u);
}

TEST_F(CommitQueueTest, RelaxedCommitsAreWrittenNotSynced) {
  uint64_t bytes = 0;
  CommitOptions options;
  options.durability = Durability::kRelaxed;
  options.wrote = [&bytes](uint64_t n) { bytes += n; };
  CommitQueue queue(store_, pool_, options);
  commit_together(queue, {put("a", "12345")});
  EXPECT_EQ(bytes, 6u);
  EXPECT_EQ(store_.unsynced_batches(), 1u);
  store_.crash();
  EXPECT_EQ(row("a"), std::nullopt);
}

TEST_F(CommitQueueTest, CommitNowNeedsNoLoop) {
  CommitQueue queue(store_, pool_, {});
  auto change = increment("n");
  EXPECT_TRUE(queue.commit_now(*change));
  EXPECT_TRUE(queue.commit_now(*change));
  EXPECT_EQ(row("n"), "2");
}

TEST_F(CommitQueueTest, StopWaitsForWhatWasHandedIn) {
  CommitQueue queue(store_, pool_, {});
  std::vector<Result<void>> answers(2, fail(ErrorKind::kInternal, "not answered"));
  runtime::Loop::Scope scope(&loop_);
  runtime::TaskGroup group;
  group.spawn(hand_in(queue, put("a", "1"), answers, 0));
  runtime::TaskGroup stopping;
  stopping.spawn(queue.stop());
  group.spawn(hand_in(queue, put("b", "1"), answers, 1));
  EXPECT_EQ(answers[1].error().kind, ErrorKind::kClosed);
  loop_.run();
  EXPECT_EQ(stopping.running(), 1u);
  pool_.run_held();
  loop_.run();
  EXPECT_EQ(stopping.running(), 0u);
  EXPECT_TRUE(answers[0]);
  EXPECT_EQ(row("a"), "1");
  stopping.spawn(queue.stop());
  EXPECT_EQ(stopping.running(), 0u) << "nothing is left to wait for";
  EXPECT_EQ(queue.commit_now(*put("b", "1")).error().kind, ErrorKind::kClosed);
}

// As the simulator does at a power cut: coroutines are freed where they stand, newest first.
class DroppedLoop : public ManualLoop {
 public:
  void task_started(std::coroutine_handle<> frame) override { frames_.push_back(frame); }
  void task_freed(std::coroutine_handle<> frame) override { std::erase(frames_, frame); }
  void drop() {
    while (!frames_.empty()) std::coroutine_handle<>(frames_.back()).destroy();
  }

 private:
  std::vector<std::coroutine_handle<>> frames_;
};

TEST_F(CommitQueueTest, AJobThatOutlivesItsWorldDoesNothing) {
  DroppedLoop loop;
  {
    CommitQueue queue(store_, pool_, {});
    std::vector<Result<void>> answers(1);
    runtime::Loop::Scope scope(&loop);
    runtime::TaskGroup group;
    group.spawn(hand_in(queue, put("a", "1"), answers, 0));
    loop.drop();
  }
  EXPECT_EQ(pool_.run_held(), 1u);
  EXPECT_EQ(loop.run(), 0u);
  EXPECT_EQ(row("a"), std::nullopt);
}

// Several loops on threads of their own, a pool that is one thread, a store that blocks: nothing is lost, and batches
// form.
TEST(CommitQueueThreads, ManyLoopsShareBatches) {
  class ThreadPool : public runtime::Pool {
   public:
    ~ThreadPool() override {
      for (auto& thread : threads_) thread.join();
    }
    void run(runtime::Job job) override {
      std::lock_guard lock(mutex_);
      threads_.emplace_back(std::move(job));
    }

   private:
    std::mutex mutex_;
    std::vector<std::thread> threads_;
  };
  class SlowStore : public MemoryStore {
   public:
    Result<void> write(const Batch& batch, Durability durability) override {
      for (int i = 0; i < 50; ++i) std::this_thread::yield();
      return MemoryStore::write(batch, durability);
    }
  };
  constexpr int kLoops = 4;
  constexpr int kChanges = 200;
  SlowStore store;
  {
    ThreadPool pool;
    CommitQueue queue(store, pool, {});
    struct Many {
      static Task<int> commit(CommitQueue& commits) {
        int failures = 0;
        for (int i = 0; i < kChanges; ++i) {
          if (!co_await commits.commit(increment("n"))) ++failures;
        }
        co_return failures;
      }
    };
    std::vector<std::thread> loops;
    for (int i = 0; i < kLoops; ++i) {
      loops.emplace_back([&queue] {
        ManualLoop loop;
        EXPECT_EQ(loop.run_until_done(Many::commit(queue)), 0);
      });
    }
    for (auto& thread : loops) thread.join();
    EXPECT_EQ(queue.stats().changes, static_cast<uint64_t>(kLoops * kChanges));
  }
  EXPECT_EQ(*store.get(Family::kObject, "n"), std::to_string(kLoops * kChanges));
}

TEST(CommitQueueInline, WorksOnAPoolThatRunsAtOnce) {
  ManualLoop loop;
  runtime::InlinePool pool;
  MemoryStore store;
  CommitQueue queue(store, pool, {});
  EXPECT_TRUE(loop.run_until_done(queue.commit(increment("n"))));
  EXPECT_TRUE(loop.run_until_done(queue.commit(increment("n"))));
  EXPECT_EQ(*store.get(Family::kObject, "n"), "2");
  EXPECT_EQ(queue.stats().batches, 2u);
}

}  // namespace
}  // namespace garage::kv
