// A replica that was away for a while, and what brings it up to date: hints, or synchronisation, or both. Nobody reads
// the rows meanwhile.
#include <gtest/gtest.h>

#include <string>

#include "runtime/sleep.hpp"
#include "sim/register_world.hpp"
#include "table/partition.hpp"

namespace garage::sim {
namespace {

constexpr int kKeys = 40;

std::string key_of(int n) {
  return std::string(33, 'c') + static_cast<char>('0' + n % 4) + "key" + std::to_string(n);
}

class CatchUp {
 public:
  CatchUp(uint64_t seed, RegisterScenario scenario) : cluster_(seed, scenario) {}

  // True: all replicas hold the same in the end.
  bool run() {
    World& world = cluster_.world();
    world.run_for(1ms);
    for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
      for (int n = 0; n < 4; ++n) {
        cluster_.slot(i).placement.partitions.insert(*table::partition_of_row(kv::Family::kObject, key_of(n)));
      }
    }
    write_all("before", 0, kKeys / 2);
    SimRandom& random = cluster_.random();
    const bool power = random.chance(0.5);
    if (power) {
      cluster_.power_cut(2);
    } else {
      world.links().isolate({2}, cluster_.node_count());
    }
    write_all("meanwhile", kKeys / 4, kKeys);
    if (random.chance(0.3)) {
      // Who remembered is restarted as well.
      world.run_for(1s);
      cluster_.power_cut(0);
    }
    world.run_for(500ms);
    cluster_.heal();
    return world.run_until([this] { return equal(); }, 20s);
  }

  uint64_t written() const { return written_; }
  // By the two that wrote, in the lives that they are in.
  uint64_t held_back() {
    return cluster_.slot(0).server->peers().held_back() + cluster_.slot(1).server->peers().held_back();
  }

 private:
  void write_all(std::string value, int from, int until) {
    for (int n = from; n < until; ++n) {
      const NodeIndex via = static_cast<NodeIndex>(n % 2);
      cluster_.spawn_on(via, write(this, cluster_.slot(via).server, key_of(n), n % 7 == 6 ? "" : value));
    }
    cluster_.world().run_for(3s);
  }

  static Task<void> write(CatchUp* self, RegisterNode* server, std::string key, std::string value) {
    table::Write write;
    write.key = std::move(key);
    write.uuid = server->fresh_uuid();
    write.decision = table::always(value.empty() ? std::nullopt : std::optional(value));
    if (!value.empty()) {
      write.companions = {{kv::Family::kInline, std::string(write.uuid.view()), BodySchema::body_of(value)}};
    }
    if (co_await server->rows().write(std::move(write))) ++self->written_;
  }

  std::string content(NodeIndex index, kv::Family family) {
    std::string out;
    auto rows = cluster_.slot(index).store.iterate(family, {});
    for (rows->seek(""); rows->valid(); rows->next()) {
      out.append(rows->key()).append(" = ").append(rows->value()).append("\n");
    }
    return out;
  }
  bool equal() {
    for (const kv::Family family : {kv::Family::kObject, kv::Family::kInline}) {
      const std::string first = content(0, family);
      if (content(1, family) != first || content(2, family) != first) return false;
    }
    return true;
  }

  RegisterWorld cluster_;
  uint64_t written_ = 0;
};

RegisterScenario scenario(bool hints, bool sync) {
  RegisterScenario out;
  out.duties = true;
  out.no_hints = !hints;
  out.no_sync = !sync;
  return out;
}

TEST(CatchUp, SynchronisationMakesReplicasEqualWithHintsAndWithout) {
  for (const bool hints : {false, true}) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
      CatchUp life(seed, scenario(hints, true));
      ASSERT_TRUE(life.run()) << "seed " << seed << (hints ? " with hints" : "");
      EXPECT_GT(life.written(), 10u);
    }
  }
}

TEST(CatchUp, HintsAloneMostlyDo) {
  uint64_t equal = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) equal += CatchUp(seed, scenario(true, false)).run();
  EXPECT_GT(equal,
            25u);  // a hint that was not written before the power went is lost, and so is one that the disk refused
}

// Most of what a silent node misses is not even sent to it then, and those who write to it do not wait for it.
TEST(CatchUp, HintsAloneMostlyDoWhereLittleMayWaitForANode) {
  RegisterScenario narrow = scenario(true, false);
  narrow.wire.unanswered_install_bytes_max = 20'000;
  uint64_t equal = 0, held_back = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CatchUp life(seed, narrow);
    equal += life.run();
    EXPECT_GT(life.written(), 10u);
    held_back += life.held_back();
  }
  EXPECT_GT(equal, 25u);
  EXPECT_GT(held_back, 60u);
}

TEST(CatchUp, NobodyCatchesUpByHimself) {
  uint64_t equal = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) equal += CatchUp(seed, scenario(false, false)).run();
  EXPECT_LT(equal, 5u);
}

}  // namespace
}  // namespace garage::sim
