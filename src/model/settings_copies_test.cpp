#include "model/settings_copies.hpp"

#include <gtest/gtest.h>

#include "model/settings_rows.hpp"
#include "model/testing/two_nodes.hpp"
#include "runtime/task_group.hpp"

namespace garage::model {
namespace {

using testing::Node;
using testing::TwoNodes;

class SettingsCopiesTest : public TwoNodes {
 protected:
  void heal() {
    auto bytes = world.run(a.copies->export_rows());
    ASSERT_TRUE(bytes);
    ASSERT_TRUE(world.run(b.copies->merge_rows(*bytes)));
  }
};

TEST_F(SettingsCopiesTest, AChangeIsSeenEverywhereOnceItIsAnswered) {
  const auto id = world.run(a.settings->create_bucket("photos", "", 8));
  ASSERT_TRUE(id);
  ASSERT_TRUE(b.settings->directory()->resolve_bucket("photos", nullptr));
  EXPECT_EQ(a.settings->digest(), b.settings->digest());

  // Also one that the node without replicas has asked for, by this node itself too.
  const auto key = world.run(b.settings->create_key("laptop", {}));
  ASSERT_TRUE(key);
  EXPECT_TRUE(b.settings->directory()->key(key->id));
  EXPECT_TRUE(a.settings->directory()->key(key->id));
  ASSERT_TRUE(world.run(b.settings->delete_bucket(*id)));
  EXPECT_FALSE(a.settings->directory()->bucket(*id));
  EXPECT_FALSE(b.settings->directory()->resolve_bucket("photos", nullptr));
  EXPECT_EQ(a.settings->digest(), b.settings->digest());
}

TEST_F(SettingsCopiesTest, WhatWasMissedComesWithTheDocument) {
  ASSERT_TRUE(world.run(a.settings->create_bucket("before", "", 8)));
  world.caller.reachable = false;
  ASSERT_TRUE(world.run(a.settings->create_bucket("missed", "", 8)));
  EXPECT_FALSE(b.settings->directory()->resolve_bucket("missed", nullptr));
  EXPECT_NE(a.settings->digest(), b.settings->digest());

  auto old = world.run(b.copies->export_rows());
  ASSERT_TRUE(old);
  heal();
  EXPECT_TRUE(b.settings->directory()->resolve_bucket("missed", nullptr));
  EXPECT_EQ(a.settings->digest(), b.settings->digest());
  // Repetition and what is older change nothing.
  EXPECT_EQ(world.run(b.copies->merge_rows(*old)), false);
  EXPECT_TRUE(b.settings->directory()->resolve_bucket("missed", nullptr));
}

TEST_F(SettingsCopiesTest, WhatOneMessageDoesNotCarryComesInPages) {
  world.caller.reachable = false;
  const Settings::BucketEdit make_large = [](Bucket& made) -> Result<void> {
    made.website.emplace().error_document = std::string(700'000, 'x');
    return {};
  };
  for (int i = 0; i < 30; ++i) {
    const auto id = world.run(a.settings->create_bucket("large-" + std::to_string(i), "", 8)).value();
    ASSERT_TRUE(world.run(a.settings->edit_bucket(id, make_large)));
  }
  EXPECT_EQ(world.run(a.copies->export_rows()).error().kind, ErrorKind::kUnsupported);
  int pages = 0;
  std::string from;
  do {
    const auto page = world.run(a.copies->export_page(from));
    ASSERT_TRUE(page);
    EXPECT_LT(page->message.size(), 2u << 20);
    EXPECT_TRUE(world.run(b.copies->merge_rows(page->message)).value());
    from = page->next_from;
    ++pages;
  } while (!from.empty());
  EXPECT_GT(pages, 10);
  EXPECT_EQ(a.settings->digest(), b.settings->digest());
}

TEST_F(SettingsCopiesTest, NobodyIsRefusedBecauseACopyIsBehind) {
  world.caller.reachable = false;
  ASSERT_TRUE(world.run(a.settings->create_bucket("missed", "", 8)));
  const auto key = world.run(a.settings->create_key("laptop", {}));
  EXPECT_FALSE(b.settings->directory()->key(key->id));
  EXPECT_TRUE(world.run(b.settings->look_for_key(key->id)));
  EXPECT_TRUE(b.settings->directory()->key(key->id));
  EXPECT_TRUE(world.run(b.settings->look_for_bucket("missed")).value());
  EXPECT_TRUE(b.settings->directory()->resolve_bucket("missed", nullptr));
  EXPECT_FALSE(world.run(b.settings->look_for_bucket("never-was")).value());
  EXPECT_FALSE(world.run(b.settings->look_for_key("GK0")));
}

Task<void> look_for(Settings& settings, std::string id, int& found) {
  const bool there = co_await settings.look_for_key(std::move(id));
  if (there) ++found;
}

TEST_F(SettingsCopiesTest, QuestionsAboutOneRowAreJoined) {
  world.caller.reachable = false;
  const auto key = world.run(a.settings->create_key("laptop", {}));
  const auto ask_eight_times = [this](const std::string& id) {
    int found = 0;
    runtime::Loop::Scope scope(&world.loop);
    runtime::TaskGroup group;
    for (int i = 0; i < 8; ++i) group.spawn(look_for(*b.settings, id, found));
    while (group.running() > 0) world.loop.advance(1ms);
    return found;
  };
  world.remote.takes = 20ms;
  // The first asks; the others came up when it was under way, so their answer is that of the next one.
  EXPECT_EQ(ask_eight_times("GK0"), 0);
  EXPECT_EQ(world.remote.reads, 2);
  EXPECT_EQ(ask_eight_times("GK0"), 0);
  EXPECT_EQ(world.remote.reads, 4);
  EXPECT_EQ(ask_eight_times(key->id), 8);
  EXPECT_EQ(world.remote.reads, 6);
  world.remote.fails = true;
  EXPECT_EQ(ask_eight_times("GK1"), 0);
  EXPECT_EQ(world.remote.reads, 8);
}

TEST_F(SettingsCopiesTest, ACopyIsTrustedWhileMostOthersHaveTheSame) {
  const auto key = world.run(a.settings->create_key("laptop", {}));
  const NodeId id_c = world.random.id<NodeId>();
  std::vector<NodeId> others;
  runtime::Loop::Scope scope(&world.loop);
  EXPECT_TRUE(b.settings->is_fresh());  // nobody said that there are others
  b.copies->compare_with({.alone = [&] { return others.empty(); }, .others = [&] { return others; }});
  EXPECT_TRUE(b.settings->is_fresh());
  others = {id_a, id_c, world.random.id<NodeId>(), world.random.id<NodeId>()};
  EXPECT_FALSE(b.settings->is_fresh());
  b.copies->agreed_with(id_a);
  EXPECT_FALSE(b.settings->is_fresh());  // two of five
  world.loop.advance(1s);
  b.copies->agreed_with(id_c);
  world.loop.advance(SettingsCopies::kTrusted - 1s - 1ms);
  EXPECT_TRUE(b.settings->is_fresh());
  world.loop.advance(1ms);  // since the first of the two
  EXPECT_FALSE(b.settings->is_fresh());

  EXPECT_TRUE(world.run(b.settings->confirm(key->id, "")));
  world.caller.reachable = false;
  ASSERT_TRUE(world.run(a.settings->delete_key(key->id)));
  EXPECT_TRUE(b.settings->directory()->key(key->id));
  world.loop.advance(SettingsCopies::kTrusted);
  EXPECT_TRUE(world.run(b.settings->confirm(key->id, "photos")));
  EXPECT_FALSE(b.settings->directory()->key(key->id));
  world.remote.fails = true;
  EXPECT_FALSE(world.run(b.settings->confirm("GK5", "")));
  EXPECT_FALSE(world.run(b.settings->confirm("", "others")));
}

TEST_F(SettingsCopiesTest, WhoCannotAskDoesNotSayThatThereIsNone) {
  ASSERT_TRUE(world.run(a.settings->create_bucket("photos", "", 8)));
  world.remote.fails = true;
  EXPECT_TRUE(world.run(b.settings->look_for_bucket("photos")).value());  // it is here
  const auto missed = world.run(b.settings->look_for_bucket("others"));
  ASSERT_FALSE(missed);
  EXPECT_EQ(missed.error().kind, ErrorKind::kUnavailable);
}

TEST_F(SettingsCopiesTest, TheDigestSurvivesARestart) {
  ASSERT_TRUE(world.run(a.settings->create_bucket("one", "", 8)));
  ASSERT_TRUE(world.run(a.settings->create_bucket("two", "", 8)));
  EXPECT_EQ(a.reopened(world)->digest(), a.settings->digest());
}

// Of the two rows of a bucket, the one that was hit never arrives.
TEST_F(SettingsCopiesTest, DamagedBytesAreLeftOut) {
  world.caller.reachable = false;
  const auto id = world.run(a.settings->create_bucket("one", "", 8)).value();
  auto bytes = world.run(a.copies->export_rows()).value();
  for (size_t at = 0; at < bytes.size(); at += 7) {
    SCOPED_TRACE(at);
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    Node fresh{world, id_b, id_a, a.own};
    (void)world.run(fresh.copies->merge_rows(damaged));
    const auto directory = fresh.settings->directory();
    const bool bucket = directory->bucket(id) != nullptr, alias = directory->alias_target("one").has_value();
    EXPECT_FALSE(bucket && alias);
    if (alias) EXPECT_EQ(directory->alias_target("one"), id);
  }
  EXPECT_FALSE(world.run(b.copies->handle("settings/other", "", {})));
}

TEST_F(SettingsCopiesTest, ADamagedRowStopsNoOthers) {
  const auto one = world.run(a.settings->create_bucket("one", "", 8)).value();
  const auto two = world.run(a.settings->create_bucket("two", "", 8)).value();
  kv::Batch damage;
  damage.put(kv::Family::kSettings, bucket_row_key(one), "damaged");
  ASSERT_TRUE(b.store.write(damage, kv::Durability::kSynced));
  // It is no reason not to start, nor not to take or to give others.
  EXPECT_TRUE(b.reopened(world)->directory()->bucket(two));
  EXPECT_FALSE(b.reopened(world)->directory()->bucket(one));
  world.caller.reachable = false;
  const auto three = world.run(a.settings->create_bucket("three", "", 8)).value();
  heal();
  EXPECT_TRUE(b.settings->directory()->bucket(three));
  Node fresh{world, id_b, id_a, a.own};
  ASSERT_TRUE(world.run(fresh.copies->merge_rows(world.run(b.copies->export_rows()).value())));
  EXPECT_TRUE(fresh.settings->directory()->bucket(three));
  EXPECT_FALSE(fresh.settings->directory()->bucket(one));
}

TEST_F(SettingsCopiesTest, ACopyIsTrustedUntilTheSecondStatusIsDue) {
  const NodeId id_c = world.random.id<NodeId>();
  runtime::Loop::Scope scope(&world.loop);
  b.copies->compare_with({.alone = [] { return false; },
                          .others = [&] { return std::vector<NodeId>{id_a, id_c}; },
                          .told_every = [] { return Duration(20s); }});
  b.copies->agreed_with(id_a);
  world.loop.advance(40s - 1ms);
  EXPECT_TRUE(b.settings->is_fresh());
  world.loop.advance(1ms);
  EXPECT_FALSE(b.settings->is_fresh());
}

}  // namespace
}  // namespace garage::model
