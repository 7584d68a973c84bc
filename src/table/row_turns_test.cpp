#include "table/row_turns.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "runtime/manual_loop.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace garage::table {
namespace {

struct RowTurnsTest : ::testing::Test {
  Task<void> change(std::string key, Duration takes, std::string* outcome) {
    const auto turn = co_await turns.take(std::move(key));
    *outcome = turn ? "begun" : turn.error().message;
    if (!turn) co_return;
    co_await runtime::sleep_for(takes);
    *outcome = "done";
  }
  std::string* begin(const std::string& key, Duration takes) {
    outcomes.push_back(std::make_unique<std::string>("waits"));
    runtime::Loop::Scope scope(&loop);
    group.spawn(change(key, takes, outcomes.back().get()));
    return outcomes.back().get();
  }

  runtime::ManualLoop loop;
  RowTurns turns;
  std::vector<std::unique_ptr<std::string>> outcomes;
  runtime::TaskGroup group;
};

TEST_F(RowTurnsTest, OneAfterTheOtherForEachRow) {
  const auto *first = begin("a", 2s), *second = begin("a", 2s), *other = begin("b", 1s);
  loop.advance(1s);
  EXPECT_EQ(*first + " " + *second + " " + *other, "begun waits done");
  loop.advance(1s);
  EXPECT_EQ(*first + " " + *second, "done begun");
  loop.advance(2s);
  EXPECT_EQ(*second, "done");
}

// As where no quorum can be had: the last ones would write minutes after they were given up.
TEST_F(RowTurnsTest, WhoseTurnComesTooLateDoesNothing) {
  const auto *slow = begin("a", 20s), *patient = begin("a", 11s), *late = begin("a", 1s), *later = begin("a", 1s);
  loop.advance(25s);
  const auto* fresh = begin("a", 1s);
  loop.advance(6s);
  EXPECT_EQ(*slow + " " + *patient, "done done");
  EXPECT_EQ(*late, "changes of the same row take too long");
  EXPECT_EQ(*late, *later);
  EXPECT_EQ(*fresh, "begun");
  loop.advance(1s);
  EXPECT_EQ(*fresh, "done");
  EXPECT_EQ(*begin("a", 1s), "begun") << "nothing is left behind";
  loop.advance(1s);
}

}  // namespace
}  // namespace garage::table
