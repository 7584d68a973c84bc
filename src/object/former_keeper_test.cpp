// A node that keeps an object no longer since a layout change, and what it still has of its uploads.
#include <gtest/gtest.h>

#include "object/former_rules.hpp"
#include "object/testing/object_cluster.hpp"
#include "object/upload_rows.hpp"

namespace garage::object {
namespace {

using namespace testing;

struct FormerKeeperTest : ::testing::Test {
  ObjectCluster cluster{4};

  std::optional<table::Row> row_at(size_t at, const std::string& key) {
    const auto stored = cluster.members[at]->machine.store.get(kv::Family::kUpload, key);
    if (!stored || !*stored) return std::nullopt;
    return table::decode_row(key, **stored).value();
  }
  void install(size_t at, const std::string& key, table::Row row, std::vector<table::Companion> companions = {}) {
    auto request = std::make_shared<table::Request>();
    request->operation = table::Operation::kInstall;
    request->family = kv::Family::kUpload;
    request->stage = 1;
    request->key = key;
    request->row = std::move(row);
    request->companions = std::move(companions);
    const auto answer = cluster.run(cluster.members[at]->tables[1]->replica.handle(request));
    EXPECT_TRUE(answer && answer->verdict == table::Verdict::kDone);
  }
};

// Of the layout before this one it may have rows of uploads that others keep now.
TEST_F(FormerKeeperTest, WhoKeepsAnUploadNoLongerKeepsNothingOfItsPartsEither) {
  const std::string small = "just a few bytes";
  const Uuid upload =
      cluster.run(cluster.members[0]->objects->create_upload({cluster.bucket, "m", {}, "", {}, {}})).value().id;
  StringSource source(small);
  const auto part =
      cluster.run(cluster.members[1]->objects->put_part({cluster.bucket, "m", upload, 1, {}, {}}, source));
  ASSERT_TRUE(part);
  const std::string upload_row = upload_row_key(cluster.bucket.id, cluster.bucket.spread, "m", upload);
  const size_t first = table::parse_shard_prefix(upload_row)->shard % 4, former = (first + 3) % 4;
  std::string part_row;
  {
    auto rows = cluster.members[first]->machine.store.iterate(kv::Family::kUpload, {});
    rows->seek(upload_row + '\0');
    ASSERT_TRUE(rows->valid());
    part_row = rows->key();
  }
  const auto attempt = row_at(first, part_row);
  ASSERT_TRUE(attempt);
  const std::string body_key(model::decode_part_attempt(*attempt->value)->part.body.owner.view());
  CompleteRequest completion;
  completion.bucket = cluster.bucket;
  completion.key = "m";
  completion.upload = upload;
  completion.parts.push_back({1, part->md5, {}});
  ASSERT_OK(cluster.run(cluster.members[0]->objects->complete_upload(std::move(completion))));
  install(former, upload_row, *row_at(first, upload_row));
  install(former, part_row, *attempt, {{kv::Family::kInline, body_key, small}});
  EXPECT_EQ(cluster.members[former]->count(kv::Family::kInline), 1u);

  cluster.let_time_pass();
  EXPECT_EQ(cluster.members[former]->count(kv::Family::kInline), 0u);
  EXPECT_EQ(cluster.members[former]->count(kv::Family::kQueue), 0u);
  EXPECT_FALSE(row_at(former, part_row));
  for (size_t at = 0; at < 4; ++at) EXPECT_EQ(cluster.get(at, "m"), small) << at;
}

// What FormerRows does where it lets go of a row.
class LetGoOf final : public kv::Change {
 public:
  LetGoOf(std::string key, table::Row row) : key_(std::move(key)), row_(std::move(row)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    return FormerUploads().on_let_go(view, batch, key_, row_);
  }

 private:
  const std::string key_;
  const table::Row row_;
};

TEST_F(FormerKeeperTest, WhatLiesBesideAPartGoesWithTheBlankRowThatHasTakenItsPlace) {
  auto& member = *cluster.members[0];
  const Uuid upload = member.random.id<Uuid>(), owner = member.random.id<Uuid>(), other = member.random.id<Uuid>();
  const std::string upload_row = upload_row_key(cluster.bucket.id, cluster.bucket.spread, "m", upload);
  const std::string part_row = part_row_key(upload_row, 1, owner);
  kv::Batch beside;
  for (const Uuid& each : {owner, other}) {
    beside.put(kv::Family::kInline, std::string(each.view()), "bytes");
    for (uint32_t page = 0; page < 3; ++page)
      beside.put(kv::Family::kManifest, model::manifest_key(each, page), "page");
  }
  ASSERT_OK(member.machine.store.write(beside, kv::Durability::kSynced));
  table::Row with_value, blank;
  with_value.value = "its companions go with it";
  ASSERT_OK(cluster.run(member.node.commits.commit(std::make_shared<LetGoOf>(part_row, with_value))));
  EXPECT_EQ(member.count(kv::Family::kInline), 2u);
  ASSERT_OK(cluster.run(member.node.commits.commit(std::make_shared<LetGoOf>(part_row, blank))));
  EXPECT_EQ(member.count(kv::Family::kInline), 1u);
  EXPECT_EQ(member.count(kv::Family::kManifest), 3u);

  model::ObjectVersion version;
  version.parts.emplace_back().number = 1;
  version.parts.front().body.owner = other;
  table::Row object;
  object.ord = {1, 1};
  object.value = model::encode_object_version(version);
  const std::string object_row = object_row_beside(upload_row).value();
  kv::Batch named;
  named.put(kv::Family::kObject, object_row, table::encode_row(object_row, object));
  ASSERT_OK(member.machine.store.write(named, kv::Durability::kSynced));
  const std::string named_part = part_row_key(upload_row, 1, other);
  ASSERT_OK(cluster.run(member.node.commits.commit(std::make_shared<LetGoOf>(named_part, blank))));
  EXPECT_EQ(member.count(kv::Family::kInline), 1u) << "it goes with the object";
}

}  // namespace
}  // namespace garage::object
