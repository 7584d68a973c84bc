// The replicated register under fire: the real table code, checked for linearizability, in as many lives as a test run
// affords. Deeper doses: register_sim --seeds A..B.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "sim/register_history.hpp"

namespace garage::sim {
namespace {

#ifdef GARAGE_FEWER_LIVES
constexpr uint64_t kShare = 3;
#else
constexpr uint64_t kShare = 1;
#endif

struct Dose {
  const char* name;
  RegisterShape shape;
  uint64_t lives;
  bool duties = false;
  bool little_room = false;  // one INSTALL at a time may wait for a node
};

class EveryShape : public ::testing::TestWithParam<Dose> {};

TEST_P(EveryShape, IsLinearizableAndRecovers) {
  RegisterScenario scenario;
  scenario.shape = GetParam().shape;
  scenario.duties = GetParam().duties;
  if (GetParam().little_room) scenario.wire.unanswered_install_bytes_max = 1;
  RegisterCounts counts;
  for (uint64_t seed = 1; seed <= GetParam().lives / kShare; ++seed) {
    const RegisterLife life = live_register(seed, scenario);
    counts.add(life.counts);
    ASSERT_TRUE(life.good()) << describe(seed, life);
  }
  std::printf("%s: %s\n", GetParam().name, to_string(counts).c_str());

  // A test of nothing passes as well: the operations must mostly have worked, and every kind of trouble must have come.
  EXPECT_GT(counts.ok * 100, counts.operations * 30);
  EXPECT_GT(counts.condition_false, 0u);
  EXPECT_GT(counts.unknown, 0u);
  EXPECT_GT(counts.power_cuts, counts.lives);
  EXPECT_GT(counts.clock_jumps, counts.lives);
  EXPECT_GT(counts.disk_refusals, 0u);
  if (GetParam().shape == RegisterShape::kAlone) return;
  EXPECT_GT(counts.timeouts, 0u);
  EXPECT_GT(counts.duplicates, 0u);
  EXPECT_GT(counts.link_cuts, counts.lives);
  EXPECT_GT(counts.isolations, 0u);
  if (GetParam().little_room) EXPECT_GT(counts.held_back, counts.lives);
  if (GetParam().shape == RegisterShape::kOneOfThree) return;
  if (GetParam().duties) return;  // little is left to do for the others
  EXPECT_GT(counts.syncs_refused, 0u);
  EXPECT_GT(counts.settled, 0u);
  if (GetParam().shape == RegisterShape::kLayoutChange) EXPECT_EQ(counts.layouts_changed, counts.lives);
}

INSTANTIATE_TEST_SUITE_P(Register, EveryShape,
                         ::testing::Values(Dose{"three", RegisterShape::kThree, 3000},
                                           Dose{"two", RegisterShape::kTwo, 1000},
                                           Dose{"five", RegisterShape::kFive, 1000},
                                           Dose{"one of three", RegisterShape::kOneOfThree, 3000},
                                           Dose{"alone", RegisterShape::kAlone, 3000},
                                           Dose{"layout change", RegisterShape::kLayoutChange, 1000},
                                           Dose{"three with duties", RegisterShape::kThree, 300, true},
                                           Dose{"three with little room", RegisterShape::kThree, 300, true, true},
                                           Dose{"layout change with duties", RegisterShape::kLayoutChange, 150, true}));

// Replication factor 2: while one of two is gone little can be done, but the change that replaces it ends.
TEST(Register, ALossOfTwoIsReplaced) {
  RegisterScenario scenario;
  scenario.shape = RegisterShape::kLossOfTwo;
  RegisterCounts counts;
  for (uint64_t seed = 1; seed <= 1000 / kShare; ++seed) {
    const RegisterLife life = live_register(seed, scenario);
    counts.add(life.counts);
    ASSERT_TRUE(life.good()) << describe(seed, life);
  }
  std::printf("loss of two: %s\n", to_string(counts).c_str());
  EXPECT_EQ(counts.lost, counts.lives);
  EXPECT_EQ(counts.layouts_changed, counts.lives);
  EXPECT_GT(counts.ok * 100, counts.operations * 10);
  EXPECT_GT(counts.condition_false, 0u);
  EXPECT_GT(counts.settled, 0u);
}

// One clock may be an hour off and leave such stamps behind: in the end every key is read again.
TEST(Register, NoClockClosesAKey) {
  for (const RegisterShape shape : {RegisterShape::kThree, RegisterShape::kLayoutChange}) {
    RegisterScenario scenario;
    scenario.shape = shape;
    scenario.far_clocks = true;
    for (uint64_t seed = 1; seed <= 150 / kShare; ++seed) {
      const RegisterLife life = live_register(seed, scenario);
      ASSERT_TRUE(life.good()) << describe(seed, life);
    }
  }
}

TEST(Register, ASeedIsALife) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RegisterLife once = live_register(seed, {});
    const RegisterLife again = live_register(seed, {});
    EXPECT_EQ(once.final_number, again.final_number);
    EXPECT_EQ(describe(seed, once), describe(seed, again));
    EXPECT_NE(once.final_number, live_register(seed + 1, {}).final_number);
  }
}

// Who watches the checker: each rule left out must be noticed within this many lives. The bound is about ten times the
// mean.
struct PlantedBug {
  const char* name;
  RegisterShape shape;
  std::function<void(RegisterScenario&)> plant;
  uint64_t lives_max;
};

class EveryBug : public ::testing::TestWithParam<PlantedBug> {};

TEST_P(EveryBug, IsCaught) {
  RegisterScenario scenario;
  scenario.shape = GetParam().shape;
  GetParam().plant(scenario);
  for (uint64_t seed = 1; seed <= GetParam().lives_max; ++seed) {
    if (live_register(seed, scenario).linearizable == Linearizable::kNo) return;
  }
  FAIL() << GetParam().name << ": nobody noticed";
}

constexpr auto kThree = RegisterShape::kThree;

INSTANTIATE_TEST_SUITE_P(
    Register, EveryBug,
    ::testing::Values(
        PlantedBug{"check then write", kThree, [](auto& s) { s.ablation.check_then_write = true; }, 30},
        PlantedBug{"plain writes ignore the fence", kThree,
                   [](auto& s) { s.ablation.plain_installs_ignore_fence = true; }, 300},
        PlantedBug{"no settling", kThree, [](auto& s) { s.ablation.no_settle = true; }, 100},
        PlantedBug{"no write-back", kThree, [](auto& s) { s.ablation.no_write_back = true; }, 700},
        PlantedBug{"retry does not look for itself", kThree, [](auto& s) { s.ablation.retry_without_lineage = true; },
                   60},
        PlantedBug{"retry stamped as new", kThree, [](auto& s) { s.ablation.retry_as_new = true; }, 400},
        PlantedBug{"promise forgotten", kThree, [](auto& s) { s.ablation.promise_forgotten = true; }, 4000},
        PlantedBug{"answers before it syncs", kThree, [](auto& s) { s.answers_before_sync = true; }, 1500},
        PlantedBug{"no handover", RegisterShape::kLayoutChange, [](auto& s) { s.handover_skipped = true; }, 600},
        PlantedBug{"no handover of two", RegisterShape::kLossOfTwo, [](auto& s) { s.handover_skipped = true; }, 1000}));

}  // namespace
}  // namespace garage::sim
