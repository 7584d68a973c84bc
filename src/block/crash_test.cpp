// The power fails, or a call fails, at every single change to the disk of one long flow; what was acknowledged must be
// there, whole, and nothing else but whole blocks.
#include <gtest/gtest.h>

#include <map>

#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

BlockOptions tiny_options() {
  BlockOptions options;
  options.directories = {{.path = "/data"}};
  options.volume_bytes_max = 64u << 10;
  options.compression_level = 1;
  return options;
}

std::string block(uint64_t i) {
  return i % 3 == 0 ? std::string(9000 + i, static_cast<char>('a' + i % 26)) : noise(i, 7000 + 100 * i);
}

enum class Fate { kAbsent, kPresent, kEither };

// What a client knows of its blocks.
class Client {
 public:
  explicit Client(TestNode& node) : node_(node) {}

  void store(std::initializer_list<uint64_t> blocks) {
    std::vector<BlockHold> holds;
    for (uint64_t i : blocks) {
      auto hold = node_.put(block(i));
      if (!hold) return;
      holds.push_back(std::move(*hold));
    }
    if (!node_.sync()) return;
    const bool done = node_.commit(std::make_shared<AddBlocks>(holds, owner(1))).has_value();
    for (uint64_t i : blocks) fate[i] = done ? Fate::kPresent : Fate::kEither;
  }
  void drop(std::initializer_list<uint64_t> blocks) {
    std::vector<std::string> all;
    for (uint64_t i : blocks) all.push_back(block(i));
    const bool done = node_.drop(all).has_value();
    for (uint64_t i : blocks) fate[i] = done ? Fate::kAbsent : Fate::kEither;
  }
  void give_up(uint64_t i) {
    auto hold = node_.put(block(i));
    if (!fate.contains(i)) fate[i] = Fate::kAbsent;
  }

  std::map<uint64_t, Fate> fate;

 private:
  TestNode& node_;
};

std::map<uint64_t, Fate> flow(TestNode& node) {
  Client client(node);
  if (!node.open(tiny_options())) return client.fate;
  client.store({0, 1, 2});
  client.store({3});
  client.drop({1});
  node.settle();
  client.give_up(4);
  node.settle();
  client.store({5, 6});
  client.store({2});
  client.drop({3, 5});
  client.store({7, 8, 9, 10});
  client.drop({0, 2});
  node.settle();
  for (int i = 0; i < 3; ++i) static_cast<void>(node.compact());
  node.settle();
  client.store({1, 11, 12});
  client.drop({7, 8, 11});
  static_cast<void>(node.compact());
  client.store({13});
  node.stop();
  return client.fate;
}

void check(TestNode& node, const std::map<uint64_t, Fate>& fate, bool may_be_damaged, const std::string& when) {
  for (const auto& [i, expected] : fate) {
    auto read = node.read(hash_of(block(i)));
    if (read) {
      EXPECT_EQ(*read, block(i)) << when;
      EXPECT_NE(expected, Fate::kAbsent) << "block " << i << " " << when;
    } else if (read.error().kind == ErrorKind::kNotFound) {
      EXPECT_NE(expected, Fate::kPresent) << "block " << i << " " << when;
    } else {
      EXPECT_TRUE(may_be_damaged) << "block " << i << ": " << read.error().message << " " << when;
    }
  }
}

// The accounts agree with the index.
void check_accounts(TestNode& node, const std::map<uint64_t, Fate>& fate, const std::string& when) {
  uint64_t live = 0;
  for (const auto& [i, unused] : fate) {
    if (node.has_row(hash_of(block(i)))) live += extent_bytes(node.place(hash_of(block(i))).stored_bytes);
  }
  EXPECT_EQ(node.blocks->stats().live_bytes, live) << when;
}

// A life after the accident: everything still works, and stays.
void live_on(Machine& machine, const std::map<uint64_t, Fate>& fate, const std::string& when) {
  std::map<uint64_t, Fate> later = fate;
  {
    TestNode node(machine);
    auto opened = node.open(tiny_options());
    ASSERT_TRUE(opened) << when << ": " << opened.error().message;
    check(node, fate, false, when);
    node.settle();
    check_accounts(node, fate, when);
    Client client(node);
    client.store({20, 21, 1});
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(node.compact()) << when;
    for (uint64_t i : {20, 21, 1}) later[i] = Fate::kPresent;
    node.settle();
    check(node, later, false, when + ", later");
    check_accounts(node, later, when + ", later");
    node.stop();
  }
  TestNode node(machine);
  auto opened = node.open(tiny_options());
  ASSERT_TRUE(opened) << when;
  check(node, later, false, when + ", after another start");
}

// How many changes to the disk the flow makes when nothing goes wrong.
uint64_t count_changes() {
  Machine machine;
  TestNode node(machine);
  flow(node);
  return machine.disk.changes();
}

TEST(Crash, APowerCutAtEveryChangeLosesNothingAcknowledged) {
  const uint64_t changes = count_changes();
  EXPECT_GT(changes, 50u);
  for (const auto mode :
       {sim::CutMode::kDropAll, sim::CutMode::kKeepAll, sim::CutMode::kPrefix, sim::CutMode::kSubset}) {
    for (uint64_t k = 1; k <= changes + 1; ++k) {
      Machine machine;
      machine.die_together();
      machine.disk.cut_at_change(k);
      std::map<uint64_t, Fate> fate;
      {
        TestNode node(machine);
        fate = flow(node);
      }
      EXPECT_EQ(machine.disk.power_is_off(), k <= changes);
      machine.power_cut(mode);
      live_on(machine, fate,
              "cut before change " + std::to_string(k) + ", mode " + std::to_string(static_cast<int>(mode)));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Crash, AFailureOfAnyOneCallLosesNothingAcknowledged) {
  const uint64_t changes = count_changes();
  for (const auto kind : {ErrorKind::kIo, ErrorKind::kNoSpace}) {
    for (uint64_t k = 1; k <= changes; ++k) {
      Machine machine;
      machine.disk.fail_change(k, kind);
      std::map<uint64_t, Fate> fate;
      {
        TestNode node(machine);
        fate = flow(node);
        if (node.blocks) node.shut_down();
      }
      live_on(machine, fate, "failed change " + std::to_string(k) + ": " + std::string(to_string(kind)));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Crash, AFailureOfAnyOneCommitLosesNothingAcknowledged) {
  for (uint64_t k = 1; k < 40; ++k) {
    Machine machine;
    uint64_t count = 0;
    machine.disk.on_sync([&](uint64_t) {
      if (++count == k) machine.store.fail_next_writes(ErrorKind::kIo, 1);
    });
    std::map<uint64_t, Fate> fate;
    {
      TestNode node(machine);
      fate = flow(node);
    }
    machine.disk.on_sync({});
    machine.store.fail_next_writes(ErrorKind::kIo, 0);
    machine.disk.power_cut({.mode = sim::CutMode::kDropAll});
    live_on(machine, fate, "failed commit after sync " + std::to_string(k));
    if (::testing::Test::HasFailure()) return;
  }
}

// Both at once: the second accident while the first is being recovered from.
TEST(Crash, ASecondPowerCutDuringRecovery) {
  for (uint64_t k = 5; k < 100; k += 7) {
    for (uint64_t again = 1; again < 30; again += 3) {
      Machine machine;
      machine.die_together();
      machine.disk.cut_at_change(k);
      std::map<uint64_t, Fate> fate;
      {
        TestNode node(machine);
        fate = flow(node);
      }
      machine.power_cut(sim::CutMode::kSubset);
      machine.disk.cut_at_change(again);
      {
        TestNode node(machine);
        if (node.open(tiny_options())) {
          node.settle();
          Client client(node);
          client.store({20, 21});
          for (const auto& [i, outcome] : client.fate) fate[i] = outcome;
          static_cast<void>(node.compact());
        }
      }
      machine.power_cut(sim::CutMode::kSubset);
      live_on(machine, fate, "cuts before changes " + std::to_string(k) + " and " + std::to_string(again));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

// Without sync a killed process loses nothing, and a power cut may lose blocks but never turns them into others.
TEST(Crash, WithoutSyncKillLosesNothingAndPowerCutsNeverLie) {
  BlockOptions options = tiny_options();
  options.sync = false;
  for (uint64_t k = 1; k < 30; ++k) {
    for (const bool killed : {true, false}) {
      Machine machine;
      std::map<uint64_t, Fate> fate;
      {
        TestNode node(machine, kv::Durability::kRelaxed);
        node.must_open(options);
        Client client(node);
        for (uint64_t i = 0; i < k; ++i) {
          client.store({i});
          if (i % 4 == 3) client.drop({i - 2});
          if (i % 10 == 9) node.settle();
        }
        fate = client.fate;
        if (killed) machine.disk.stop();
      }
      if (killed) {
        machine.disk.start();
      } else {
        machine.disk.power_cut({.mode = sim::CutMode::kSubset});
        machine.store.crash(k % 3);
        for (auto& [i, expected] : fate) expected = Fate::kEither;
      }
      TestNode node(machine);
      node.must_open(options);
      // With and without: nobody has to read a block first to find out that it is damaged.
      if (k % 2 == 0) check(node, fate, !killed, "after " + std::to_string(k));
      // What was damaged is healed by a put, and then stays.
      Client client(node);
      for (const auto& [i, unused] : fate) client.store({i});
      check(node, client.fate, false, "healed");
      for (int i = 0; i < 4; ++i) EXPECT_TRUE(node.compact());
      node.settle();
      check(node, client.fate, false, "healed and compacted");
      node.shut_down();
    }
  }
}

}  // namespace
}  // namespace garage::block
