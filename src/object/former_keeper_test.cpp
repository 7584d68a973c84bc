// A node that keeps an object no longer since a layout change, and what it still has of its uploads.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace garage::object
