#include "sim/linearizability.hpp"

#include <gtest/gtest.h>

namespace garage::sim {
namespace {

using enum RegisterOperation;

HistoryEntry done(RegisterOperation operation, int began, int ended, uint64_t value, Outcome outcome = Outcome::kOk) {
  HistoryEntry entry;
  entry.operation = operation;
  (operation == kGet ? entry.found : entry.value) = value;
  entry.outcome = outcome;
  entry.began = Duration(began);
  entry.ended = Duration(ended);
  return entry;
}
HistoryEntry expecting(HistoryEntry entry, uint64_t expected) {
  entry.expected = expected;
  return entry;
}

TEST(Linearizability, SequentialHistories) {
  EXPECT_EQ(check_linearizable({}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({done(kGet, 0, 1, 0), done(kPut, 2, 3, 7), done(kGet, 4, 5, 7)}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({done(kPut, 2, 3, 7), done(kGet, 4, 5, 0)}), Linearizable::kNo);
  EXPECT_EQ(check_linearizable({done(kPut, 2, 3, 7), done(kDelete, 4, 5, 0), done(kGet, 6, 7, 7)}), Linearizable::kNo);
}

TEST(Linearizability, OverlapMayGoEitherWay) {
  const auto put = done(kPut, 0, 10, 7);
  EXPECT_EQ(check_linearizable({put, done(kGet, 5, 6, 0)}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({put, done(kGet, 5, 6, 7)}), Linearizable::kYes);
  // But not back and forth.
  EXPECT_EQ(check_linearizable({put, done(kGet, 3, 4, 7), done(kGet, 5, 6, 0)}), Linearizable::kNo);
}

TEST(Linearizability, OneWinnerOfACreation) {
  EXPECT_EQ(check_linearizable({done(kCreate, 0, 9, 1), done(kCreate, 0, 9, 2)}), Linearizable::kNo);
  EXPECT_EQ(check_linearizable({done(kCreate, 0, 9, 1), done(kCreate, 0, 9, 2, Outcome::kConditionFalse)}),
            Linearizable::kYes);
  // A false condition that nothing explains.
  EXPECT_EQ(check_linearizable({done(kCreate, 0, 9, 1, Outcome::kConditionFalse)}), Linearizable::kNo);
}

TEST(Linearizability, ConditionsOnAValue) {
  const auto put = done(kPut, 0, 1, 5);
  EXPECT_EQ(check_linearizable({put, expecting(done(kReplaceIf, 2, 3, 6), 5), done(kGet, 4, 5, 6)}),
            Linearizable::kYes);
  EXPECT_EQ(check_linearizable({put, expecting(done(kReplaceIf, 2, 3, 6), 4)}), Linearizable::kNo);
  EXPECT_EQ(check_linearizable({put, expecting(done(kDeleteIf, 2, 3, 0), 5), done(kGet, 4, 5, 0)}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({put, expecting(done(kDeleteIf, 2, 3, 0, Outcome::kConditionFalse), 5)}),
            Linearizable::kNo);
}

TEST(Linearizability, UnknownMayHappenLateOrNever) {
  const auto lost = done(kPut, 0, 1, 7, Outcome::kUnknown);
  EXPECT_EQ(check_linearizable({lost, done(kGet, 2, 3, 0), done(kGet, 4, 5, 7)}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({lost, done(kGet, 2, 3, 0)}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({lost, done(kGet, 2, 3, 7), done(kGet, 4, 5, 0)}), Linearizable::kNo);
  EXPECT_EQ(check_linearizable({done(kPut, 3, 4, 7, Outcome::kPending), done(kGet, 1, 2, 7)}), Linearizable::kNo);
  // Once only.
  EXPECT_EQ(check_linearizable({lost, done(kGet, 2, 3, 7), done(kDelete, 4, 5, 0), done(kGet, 6, 7, 7)}),
            Linearizable::kNo);
}

TEST(Linearizability, NotAppliedMeansNever) {
  EXPECT_EQ(check_linearizable({done(kPut, 0, 1, 7, Outcome::kNotApplied), done(kGet, 2, 3, 7)}), Linearizable::kNo);
  EXPECT_EQ(check_linearizable({done(kPut, 0, 1, 7, Outcome::kNotApplied), done(kGet, 2, 3, 0)}), Linearizable::kYes);
}

TEST(Linearizability, SaysWhenItDoesNotKnow) {
  std::vector<HistoryEntry> many(kHistoryEntriesMax + 1, done(kPut, 0, 1, 7));
  EXPECT_EQ(check_linearizable(many), Linearizable::kUndecided);
  std::vector<HistoryEntry> wide;
  for (uint64_t i = 1; i <= 30; ++i) wide.push_back(done(kPut, 0, 100, i));
  wide.push_back(done(kGet, 200, 201, 99));
  EXPECT_EQ(check_linearizable(wide, 1000), Linearizable::kUndecided);
}

}  // namespace
}  // namespace garage::sim
