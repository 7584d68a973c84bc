// Names and rights when a change fails half way: whoever tries again can finish it. Two nodes; those changes are made
// by the one whose writes may fail.
#include <gtest/gtest.h>

#include "model/testing/two_nodes.hpp"

namespace garage::model {
namespace {

struct NamesTest : testing::TwoNodes {
  Settings& settings = *b.settings;
  std::string key = world.run(settings.create_key("laptop", {})).value().id;

  std::shared_ptr<const Directory> directory() const { return settings.directory(); }
  std::shared_ptr<const Bucket> resolve(const std::string& name) const {
    return directory()->resolve_bucket(name, directory()->key(key).get());
  }
  BucketId create(const std::string& name) { return world.run(settings.create_bucket(name, "", 8)).value(); }
  BucketId create_local(const std::string& name) { return world.run(settings.create_local_bucket(key, name)).value(); }
  // After so many writes the replicas cannot be reached.
  template <class Outcome>
  ErrorKind half_done(int writes, Task<Outcome> task) {
    world.remote.writes_left = writes;
    const auto outcome = world.run(std::move(task));
    world.remote.writes_left.reset();
    EXPECT_FALSE(outcome);
    return outcome ? ErrorKind::kInternal : outcome.error().kind;
  }
};

TEST_F(NamesTest, ALocalNameThatLeadsNowhereIsFree) {
  const BucketId gone = create_local("photos");
  EXPECT_EQ(half_done(1, settings.delete_bucket(gone)), ErrorKind::kUnavailable);
  ASSERT_TRUE(directory()->key(key)->local_aliases.contains("photos"));
  EXPECT_FALSE(resolve("photos"));
  // It hides nothing.
  const BucketId global = create("photos");
  ASSERT_TRUE(resolve("photos"));
  EXPECT_EQ(resolve("photos")->id, global);
  ASSERT_TRUE(world.run(settings.set_permission(global, key, {true, true, true})));
  EXPECT_EQ(directory()->visible_buckets(*directory()->key(key)).size(), 1u);
  // And it is taken by who wants it.
  const auto other = world.run(settings.create_local_bucket(key, "photos"));
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(resolve("photos")->id, *other);
  EXPECT_EQ(world.run(settings.create_local_bucket(key, "photos")).error().kind, ErrorKind::kExists);
  // Also by a bucket that is there.
  EXPECT_EQ(half_done(1, settings.delete_bucket(*other)), ErrorKind::kUnavailable);
  ASSERT_TRUE(world.run(settings.add_local_alias(global, key, "photos")));
  EXPECT_EQ(resolve("photos")->id, global);
}

TEST_F(NamesTest, ANameOfABucketThatIsNotKnownYetHidesOthers) {
  const BucketId global = create("photos");
  world.caller.reachable = false;
  const auto local = world.run(a.settings->create_local_bucket(key, "photos"));
  ASSERT_TRUE(local);
  EXPECT_EQ(resolve("photos")->id, global);  // nor is the name known
  ASSERT_TRUE(world.run(b.copies->look_again("k" + key)));
  EXPECT_FALSE(resolve("photos"));
  ASSERT_TRUE(world.run(b.copies->look_again("b" + std::string(local->view()))));
  EXPECT_EQ(resolve("photos")->id, *local);
}

TEST_F(NamesTest, TheDeletionOfABucketIsFinished) {
  const BucketId bucket = create("photos");
  ASSERT_TRUE(world.run(settings.add_local_alias(bucket, key, "mine")));
  EXPECT_EQ(world.run(settings.finish_gone_bucket(bucket)).error().kind, ErrorKind::kNotFound);  // it is there
  EXPECT_EQ(half_done(1, settings.delete_bucket(bucket)), ErrorKind::kUnavailable);
  EXPECT_TRUE(directory()->alias_target("photos"));
  EXPECT_TRUE(world.run(settings.finish_gone_bucket(bucket)).value());
  EXPECT_FALSE(directory()->alias_target("photos"));
  EXPECT_TRUE(directory()->key(key)->local_aliases.empty());
  EXPECT_FALSE(world.run(settings.finish_gone_bucket(bucket)).value());
  EXPECT_EQ(world.run(settings.finish_gone_bucket(world.random.id<BucketId>())).error().kind, ErrorKind::kNotFound);
}

TEST_F(NamesTest, WhatOthersTookMeanwhileIsLeftToThem) {
  const BucketId gone = create_local("photos");
  EXPECT_EQ(half_done(1, settings.delete_bucket(gone)), ErrorKind::kUnavailable);
  const BucketId other = create_local("photos");
  EXPECT_FALSE(world.run(settings.finish_gone_bucket(gone)).value());
  EXPECT_EQ(resolve("photos")->id, other);
}

TEST_F(NamesTest, TheDeletionOfAKeyIsFinished) {
  const BucketId bucket = create("photos");
  ASSERT_TRUE(world.run(settings.add_local_alias(bucket, key, "mine")));
  ASSERT_TRUE(world.run(settings.set_permission(bucket, key, {true, true, true})));
  EXPECT_EQ(half_done(1, settings.delete_key(key)), ErrorKind::kUnavailable);
  EXPECT_FALSE(directory()->key(key));
  EXPECT_EQ(directory()->bucket(bucket)->local_aliases.size(), 1u);
  // Of two names one leads nowhere.
  EXPECT_EQ(world.run(settings.count_names(bucket)).value(), 1u);
  EXPECT_EQ(world.run(settings.remove_global_alias(bucket, "photos")).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(world.run(settings.delete_key(key)).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(directory()->bucket(bucket)->local_aliases.empty());
  EXPECT_TRUE(directory()->bucket(bucket)->permissions.empty());
}

TEST_F(NamesTest, ANameOfAKeyThatIsGoneCanBeRemoved) {
  const BucketId bucket = create("photos");
  ASSERT_TRUE(world.run(settings.add_local_alias(bucket, key, "mine")));
  EXPECT_EQ(half_done(1, settings.delete_key(key)), ErrorKind::kUnavailable);
  ASSERT_TRUE(world.run(settings.remove_local_alias(bucket, key, "mine")));
  EXPECT_TRUE(directory()->bucket(bucket)->local_aliases.empty());
}

TEST_F(NamesTest, KeysThatThisCopyLacksCount) {
  const BucketId bucket = create("photos");
  world.caller.reachable = false;
  const auto other = world.run(a.settings->create_key("other", {}));
  ASSERT_TRUE(world.run(a.settings->add_local_alias(bucket, other->id, "theirs")));
  ASSERT_TRUE(world.run(b.copies->look_again("b" + std::string(bucket.view()))));
  ASSERT_FALSE(directory()->key(other->id));
  EXPECT_EQ(world.run(settings.count_names(bucket)).value(), 2u);
  world.remote.fails = true;
  EXPECT_EQ(world.run(settings.count_names(bucket)).error().kind, ErrorKind::kUnavailable);
}

TEST_F(NamesTest, TheRemovalOfANameIsFinished) {
  const BucketId bucket = create("photos");
  ASSERT_TRUE(world.run(settings.add_global_alias(bucket, "second")));
  ASSERT_TRUE(world.run(settings.add_local_alias(bucket, key, "mine")));
  EXPECT_EQ(half_done(1, settings.remove_global_alias(bucket, "second")), ErrorKind::kUnavailable);
  EXPECT_TRUE(directory()->alias_target("second"));
  ASSERT_TRUE(world.run(settings.remove_global_alias(bucket, "second")));
  EXPECT_FALSE(directory()->alias_target("second"));
  EXPECT_EQ(world.run(settings.remove_global_alias(bucket, "second")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(half_done(1, settings.remove_local_alias(bucket, key, "mine")), ErrorKind::kUnavailable);
  EXPECT_TRUE(resolve("mine"));
  ASSERT_TRUE(world.run(settings.remove_local_alias(bucket, key, "mine")));
  EXPECT_FALSE(resolve("mine"));
  EXPECT_EQ(world.run(settings.remove_local_alias(bucket, key, "mine")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(world.run(settings.remove_global_alias(bucket, "photos")).error().kind, ErrorKind::kInvalid);
}

TEST_F(NamesTest, ANewBucketHasAllItsNamesAndRightsOrIsNot) {
  (void)create("taken");
  (void)create_local("mine");
  Bucket wanted;
  wanted.global_aliases.insert("photos");
  wanted.local_aliases.emplace(key, "mine");
  wanted.permissions[key] = {.read = true};
  EXPECT_EQ(world.run(settings.create_bucket(wanted)).error().kind, ErrorKind::kExists);
  EXPECT_FALSE(directory()->alias_target("photos"));
  wanted.local_aliases = {{"GKnone", "mine"}};
  EXPECT_EQ(world.run(settings.create_bucket(wanted)).error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(directory()->alias_target("photos"));
  EXPECT_EQ(directory()->buckets().size(), 2u);
  wanted.local_aliases = {{key, "NOT-A-NAME"}};
  EXPECT_EQ(world.run(settings.create_bucket(wanted)).error().kind, ErrorKind::kInvalid);
  wanted.local_aliases = {{key, "second"}};
  const auto made = world.run(settings.create_bucket(wanted));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(resolve("photos")->id, *made);
  EXPECT_EQ(resolve("second")->id, *made);
  EXPECT_TRUE(resolve("second")->permission_of(key).read);
  EXPECT_TRUE(world.run(settings.create_bucket(Bucket())));  // names may come later
}

TEST_F(NamesTest, ANewKeyHasItsRightsAtOnce) {
  EXPECT_EQ(half_done(0, settings.create_key("x", {}, true)), ErrorKind::kUnavailable);
  world.remote.writes_left = 2;
  const auto made = world.run(settings.create_key("x", {}, true));
  ASSERT_TRUE(made);
  EXPECT_TRUE(directory()->key(made->id)->may_create_buckets);
  ASSERT_TRUE(world.run(settings.import_key("imported-1", Secret(std::string(16, 's')), "x", true)));
  EXPECT_TRUE(directory()->key("imported-1")->may_create_buckets);
}

TEST_F(NamesTest, AreOfBoundedLength) {
  const std::string longest(255, 'x'), longer(256, 'x');
  const auto named = world.run(settings.create_key(longest, {}));
  ASSERT_TRUE(named);
  EXPECT_EQ(world.run(settings.create_key(longer, {})).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(world.run(settings.import_key("imported-1", Secret(std::string(16, 's')), longer)).error().kind,
            ErrorKind::kInvalid);
  EXPECT_EQ(world.run(settings.import_key(longer, Secret(std::string(16, 's')), "x")).error().kind,
            ErrorKind::kInvalid);
  EXPECT_EQ(world.run(settings.import_key("imported-1", Secret(longer), "x")).error().kind, ErrorKind::kInvalid);
  const Settings::KeyEdit rename = [longer](AccessKey& edited) -> Result<void> {
    edited.name = longer;
    return {};
  };
  EXPECT_EQ(world.run(settings.edit_key(key, rename)).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(directory()->key(key)->name, "laptop");
  AdminToken token;
  token.id = "t1";
  token.name = longest;
  token.scope = {longest};
  ASSERT_TRUE(world.run(settings.create_admin_token(token)));
  const Settings::AdminTokenEdit widen = [longer](AdminToken& edited) -> Result<void> {
    edited.scope.push_back(longer);
    return {};
  };
  EXPECT_EQ(world.run(settings.edit_admin_token("t1", widen)).error().kind, ErrorKind::kInvalid);
  token.id = "t2";
  token.name = longer;
  EXPECT_EQ(world.run(settings.create_admin_token(token)).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace garage::model
