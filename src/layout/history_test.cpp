// Histories in a cluster that applies, gossips and advances in any order: the laws of merging, and what must never
// happen.
#include "layout/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "layout/memory.hpp"
#include "layout/stages.hpp"
#include "layout/testing/some_layouts.hpp"

namespace garage::layout {
namespace {

using testing::node;
using testing::small_history;
using testing::storage;

class Draws {
 public:
  explicit Draws(uint64_t seed) : state_(seed * 2654435761u + 1) {}
  uint64_t below(uint64_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }
  bool chance(uint64_t percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

// Five nodes of which some are asked to edit, and which hear of each other now and then.
class Cluster {
 public:
  static constexpr unsigned kNodes = 5;

  explicit Cluster(uint64_t seed) : draws_(seed), nodes_(kNodes) {
    const History first = small_history(3, {1, 2, 3});
    for (Member& member : nodes_) {
      member.history = first;
      member.progress.fenced_stage = enterable_stage(first);
    }
  }

  void step() {
    const auto at = static_cast<unsigned>(draws_.below(kNodes));
    if (dead_ == at) return;
    const uint64_t what = draws_.below(100);
    if (what < 4) {
      edit(at);
    } else if (what < 6) {
      // Both have seen the same versions, most likely, and so make two of one number.
      edit(at);
      edit(static_cast<unsigned>((at + 1) % kNodes));
    } else if (what < 55) {
      hear(at, static_cast<unsigned>(draws_.below(kNodes)));
    } else {
      advance(at);
    }
    check(at);
    if (draws_.chance(20)) seen_.push_back(nodes_[at].history);
  }

  // No new edits, and everybody hears everything.
  void calm_down() {
    for (int round = 0; round < 150; ++round) {
      for (unsigned at = 0; at < kNodes; ++at) {
        if (dead_ == at) continue;
        for (unsigned from = 0; from < kNodes; ++from) {
          if (dead_ != from) hear(at, from);
        }
        advance(at);
        check(at);
      }
    }
  }

  void lose(unsigned which) {
    dead_ = which;
    ASSERT_TRUE(revoke(nodes_[(which + 1) % kNodes].history, {node(which + 1)}));
  }

  const History& history(unsigned at) const { return nodes_[at].history; }
  const std::vector<History>& seen() const { return seen_; }
  Draws& draws() { return draws_; }
  int conflicts = 0;

 private:
  struct Member {
    History history;
    Progress progress;
  };

  void edit(unsigned at) {
    if (dead_ == at) return;
    History& history = nodes_[at].history;
    const auto who = static_cast<unsigned>(1 + draws_.below(kNodes));
    if (dead_ && who == *dead_ + 1) return;
    (void)stage_role(history, node(who),
                     draws_.chance(30) ? std::optional<Role>() : storage(4096 + draws_.below(40'000), "z"));
    if (draws_.chance(70)) (void)apply_staged(history, history.newest() + 1);
    if (draws_.chance(5)) revert_staged(history);
  }

  void hear(unsigned at, unsigned from) {
    ASSERT_FALSE(has_forgotten(nodes_[at].history, nodes_[from].history, node(at + 1))) << "node " << at + 1;
    const auto merged = merge(nodes_[at].history, nodes_[from].history);
    ASSERT_TRUE(merged) << merged.error().message;
    conflicts += merged->changed ? static_cast<int>(merged->dropped.size()) : 0;
  }

  // Fences, hands over and tells, each when it comes to it.
  void advance(unsigned at) {
    Member& member = nodes_[at];
    if (draws_.chance(70))
      member.progress.fenced_stage = std::max(member.progress.fenced_stage, enterable_stage(member.history));
    if (draws_.chance(50) && enterable_stage(member.history) % 3 != 0)
      member.progress.handed_over = member.history.settled + 1;
    announce(member.history, node(at + 1), member.progress);
  }

  void check(unsigned at) {
    const Member& member = nodes_[at];
    const auto own = member.history.trackers.find(node(at + 1));
    if (own != member.history.trackers.end() && own->second.ack == own->second.seen && own->second.ack > 0) {
      const auto [first, is_new] = acknowledged_.try_emplace(own->second.ack, own->second.seen_hash);
      ASSERT_EQ(first->second, own->second.seen_hash) << "two versions of one number were acknowledged";
    }
    for (const auto& [number, known] : member.history.versions) {
      if (number > member.history.settled) break;
      const auto [first, is_new] = settled_.try_emplace(number, known.hash);
      ASSERT_EQ(first->second, known.hash) << "two versions of one number were settled";
    }
    // Nobody admits requests two stages behind those that another replica has left.
    const uint64_t stage = enterable_stage(member.history);
    for (const NodeId& other : involved_nodes(member.history)) {
      const unsigned index = other.bytes[0] - 1u;
      if (index >= kNodes || dead_ == index || stage % 3 == 0) continue;
      ASSERT_GE(nodes_[index].progress.fenced_stage + 1, stage) << "node " << index + 1;
    }
  }

  Draws draws_;
  std::vector<Member> nodes_;
  std::optional<unsigned> dead_;
  std::vector<History> seen_;
  std::map<uint64_t, LayoutHash> acknowledged_, settled_;
};

History merged(const History& a, const History& b) {
  History out = a;
  const auto report = merge(out, b);
  EXPECT_TRUE(report) << report.error().message;
  return out;
}

TEST(History, MergingIsALattice) {
  int conflicts = 0;
  for (uint64_t seed = 0; seed < 40 && !HasFatalFailure(); ++seed) {
    Cluster cluster(seed);
    for (int i = 0; i < 200; ++i) cluster.step();
    conflicts += cluster.conflicts;
    const auto& seen = cluster.seen();
    for (int i = 0; i < 60; ++i) {
      const History& a = seen[cluster.draws().below(seen.size())];
      const History& b = seen[cluster.draws().below(seen.size())];
      const History& c = seen[cluster.draws().below(seen.size())];
      const History ab = merged(a, b);
      ASSERT_TRUE(ab == merged(b, a)) << seed;
      ASSERT_TRUE(merged(ab, c) == merged(a, merged(b, c))) << seed;
      ASSERT_TRUE(merged(ab, a) == ab && merged(a, a) == a) << seed;
      ASSERT_EQ(digest_of(ab), digest_of(merged(b, a)));
      ASSERT_TRUE(decode_history(encode_history(ab)).value() == ab);
    }
  }
  EXPECT_GT(conflicts, 20);  // or the test tries nothing
}

TEST(History, EveryClusterSettlesOnOneHistory) {
  for (uint64_t seed = 100; seed < 160 && !HasFatalFailure(); ++seed) {
    Cluster cluster(seed);
    for (int i = 0; i < 300 && !HasFatalFailure(); ++i) cluster.step();
    cluster.calm_down();
    for (unsigned at = 0; at < Cluster::kNodes; ++at) {
      ASSERT_TRUE(cluster.history(at) == cluster.history(0)) << seed;
      ASSERT_EQ(cluster.history(at).settled, cluster.history(at).newest()) << seed;
    }
  }
}

TEST(History, ARevokedNodeHoldsNobodyUp) {
  for (uint64_t seed = 200; seed < 240 && !HasFatalFailure(); ++seed) {
    Cluster cluster(seed);
    for (int i = 0; i < 150 && !HasFatalFailure(); ++i) cluster.step();
    cluster.lose(static_cast<unsigned>(seed % Cluster::kNodes));
    for (int i = 0; i < 150 && !HasFatalFailure(); ++i) cluster.step();
    cluster.calm_down();
    const unsigned alive = seed % Cluster::kNodes == 0 ? 1 : 0;
    ASSERT_EQ(cluster.history(alive).settled, cluster.history(alive).newest()) << seed;
  }
}

TEST(History, OfTwoVersionsOfOneNumberTheLowerHashIsKept) {
  const History first = small_history(1, {1});
  History a = first, b = first;
  ASSERT_TRUE(stage_role(a, node(2), storage(5000, "a")));
  ASSERT_TRUE(apply_staged(a, 2));
  ASSERT_TRUE(stage_role(b, node(3), storage(6000, "b")));
  ASSERT_TRUE(apply_staged(b, 2));
  const LayoutHash lower = std::min(a.find(2)->hash, b.find(2)->hash),
                   higher = std::max(a.find(2)->hash, b.find(2)->hash);
  History both = a;
  const Merged report = merge(both, b).value();
  ASSERT_EQ(report.dropped.size(), 1u);
  EXPECT_EQ(report.dropped[0].version, 2u);
  EXPECT_EQ(report.dropped[0].kept, lower);
  EXPECT_EQ(report.dropped[0].dropped, higher);
  EXPECT_EQ(both.find(2)->hash, lower);

  // Unless the other one was acknowledged: then data may be under it already.
  History& losing = a.find(2)->hash == higher ? a : b;
  losing.trackers[node(1)] = {.seen = 2, .seen_turn = 0, .seen_hash = higher, .ack = 2};
  EXPECT_EQ(merged(a, b).find(2)->hash, higher);
}

TEST(History, StrangersAreRefused) {
  const History ours = small_history(1, {1}), theirs = small_history(1, {2});
  History mine = ours;
  EXPECT_EQ(merge(mine, theirs).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(mine == ours);
  History three;
  three.replication_factor = 3;
  EXPECT_THAT(merge(mine, three).error().message, ::testing::HasSubstr("has replication factor 3, this node 1"));
  EXPECT_EQ(merge(mine, three).error().kind, ErrorKind::kInvalid);
  History fresh;
  EXPECT_TRUE(merge(fresh, ours)->changed);
  EXPECT_TRUE(fresh == ours);
}

TEST(History, StagedChangesOfManyMeetByNode) {
  const History first = small_history(1, {1});
  History a = first, b = first;
  ASSERT_TRUE(stage_role(a, node(2), storage(5000)));
  ASSERT_TRUE(stage_role(b, node(3), storage(6000)));
  ASSERT_TRUE(stage_role(b, node(2), storage(7000)));  // the later edit: b had made one before
  History both = merged(a, b);
  const auto staged = current_layout(both).staged.roles;
  EXPECT_EQ(staged.at(node(2)), storage(7000));
  EXPECT_EQ(staged.at(node(3)), storage(6000));
  // A revert replaces all that was staged before it, wherever.
  revert_staged(a);
  EXPECT_TRUE(current_layout(merged(a, both)).staged.empty());
}

TEST(History, OldVersionsAreForgotten) {
  History history = small_history(1, {1});
  for (uint64_t version = 2; version <= 12; ++version) {
    ASSERT_TRUE(stage_role(history, node(1), storage(4096 + version)));
    ASSERT_TRUE(apply_staged(history, version));
    Progress progress = {.fenced_stage = first_stage(version - 1)};
    EXPECT_TRUE(announce(history, node(1), progress));
    EXPECT_EQ(progress.fenced_stage, first_stage(version));
    EXPECT_EQ(history.settled, version);
  }
  EXPECT_EQ(history.versions.begin()->first, 12 - kVersionsKept);
  EXPECT_TRUE(history.trackers.empty());
}

// What was staged on one node while another one applied.
TEST(Merging, SaysWhichStagedChangesGotLost) {
  History mine = small_history(1, {1}), theirs = mine;
  ASSERT_TRUE(stage_role(theirs, node(2), storage(4096)));
  ASSERT_TRUE(stage_role(mine, node(2), storage(4096)));  // comes all the same
  ASSERT_TRUE(stage_role(mine, node(3), storage(8192, "dc3")));
  ASSERT_TRUE(apply_staged(theirs, 2));
  const Merged merged = merge(mine, theirs).value();
  ASSERT_EQ(merged.dropped_roles.size(), 1u);
  EXPECT_EQ(merged.dropped_roles.at(node(3)), storage(8192, "dc3"));
  EXPECT_TRUE(merge(mine, theirs).value().dropped_roles.empty());
}

// Neither is what was applied while this node was away, and changed again by a later version.
TEST(Merging, WhatWasAppliedAndChangedLaterDidNotGetLost) {
  History mine = small_history(1, {1, 4});
  ASSERT_TRUE(stage_role(mine, node(2), storage(4096)));
  ASSERT_TRUE(stage_role(mine, node(4), std::nullopt));
  History theirs = mine;
  ASSERT_TRUE(stage_role(mine, node(3), storage(8192, "dc3")));  // of this nobody has heard
  ASSERT_TRUE(apply_staged(theirs, 2));
  ASSERT_TRUE(stage_role(theirs, node(2), storage(16384)));
  ASSERT_TRUE(stage_role(theirs, node(4), storage(4096)));
  ASSERT_TRUE(apply_staged(theirs, 3));
  const History before = mine;
  const Merged merged = merge(mine, theirs).value();
  ASSERT_EQ(merged.dropped_roles.size(), 1u);
  EXPECT_EQ(merged.dropped_roles.begin()->first, node(3));
  // After so long that the version that came of it is forgotten, nobody can tell.
  for (uint64_t version = 4; version <= 4 + kVersionsKept; ++version) {
    ASSERT_TRUE(stage_role(theirs, node(2), storage(4096 + version)));
    ASSERT_TRUE(apply_staged(theirs, version));
  }
  theirs.versions.erase(theirs.versions.begin(), theirs.versions.find(3));
  theirs.settled = theirs.newest();
  History away = before;
  EXPECT_TRUE(merge(away, theirs).value().dropped_roles.empty());
}

TEST(Merging, OfTwoChangesAtOnceTheLosersNodeSaysSo) {
  History low = small_history(1, {1}), high = low;
  ASSERT_TRUE(stage_role(low, node(2), storage(4096)));
  ASSERT_TRUE(stage_role(high, node(2), storage(8192)));
  const History low_before = low, high_before = high;
  const Merged of_low = merge(low, high_before).value(), of_high = merge(high, low_before).value();
  EXPECT_TRUE(low == high);
  EXPECT_EQ(of_low.dropped_roles.size() + of_high.dropped_roles.size(), 1u);
  // Who has seen what was staged before may stage something else.
  ASSERT_TRUE(stage_role(high, node(2), storage(16384)));
  EXPECT_TRUE(merge(low, high).value().dropped_roles.empty());
  // And who takes it all back means it.
  revert_staged(high);
  EXPECT_TRUE(merge(low, high).value().dropped_roles.empty());
}

}  // namespace
}  // namespace garage::layout
