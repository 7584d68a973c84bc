// What tests of objects on three nodes share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "object/testing/object_cluster.hpp"

namespace garage::object::testing {

struct ClusterFixture : ::testing::Test {
  ObjectCluster cluster;
  const std::string small = "just a few bytes", large = noise(1, 60'000), other = noise(2, 45'000);

  void expect_everywhere(const std::string& key, const std::string& bytes) {
    for (size_t at = 0; at < ObjectCluster::kNodes; ++at) {
      const std::string got = cluster.get(at, key);
      EXPECT_TRUE(got == bytes) << "node " << at << ": " << got.size() << " bytes, " << got.substr(0, 80);
    }
  }
  // Rows of these families on every node.
  void expect_rows(size_t references, size_t beside = 0) {
    for (auto& member : cluster.members) {
      EXPECT_EQ(member->count(kv::Family::kBlockRef), references);
      EXPECT_EQ(member->count(kv::Family::kInline) + member->count(kv::Family::kManifest), beside);
      EXPECT_EQ(member->count(kv::Family::kQueue), 0u);
      if (references == 0) EXPECT_EQ(member->count(kv::Family::kBlockIndex), 0u);
    }
  }

  Uuid create(size_t at, std::string key) {
    return cluster.run(cluster.members[at]->objects->create_upload({cluster.bucket, std::move(key), {}, "", {}, {}}))
        .value()
        .id;
  }
  Result<StoredPart> part(size_t at, std::string key, Uuid upload, uint32_t number, std::string bytes) {
    StringSource source(std::move(bytes));
    return cluster.run(
        cluster.members[at]->objects->put_part({cluster.bucket, std::move(key), upload, number, {}, {}}, source));
  }
  Result<Completed> complete(size_t at, std::string key, Uuid upload, std::vector<StoredPart> parts,
                             WriteCondition condition = {}) {
    CompleteRequest request;
    request.condition = std::move(condition);
    request.bucket = cluster.bucket;
    request.key = std::move(key);
    request.upload = upload;
    for (uint32_t number = 1; number <= parts.size(); ++number) {
      request.parts.push_back({number, parts[number - 1].md5, {}});
    }
    return cluster.run(cluster.members[at]->objects->complete_upload(std::move(request)));
  }
  // The node dies once the object is there, and the row of the upload knows nothing of it.
  Result<Completed> complete_and_die(size_t at, std::string key, Uuid upload, std::vector<StoredPart> parts,
                                     WriteCondition condition = {}) {
    ++cluster.members[at]->uploads().dying;
    auto completed = complete(at, std::move(key), upload, std::move(parts), std::move(condition));
    --cluster.members[at]->uploads().dying;
    return completed;
  }
  size_t open_uploads(size_t at) {
    UploadQuery query;
    query.bucket = cluster.bucket.id;
    query.spread = cluster.bucket.spread;
    return cluster.run(cluster.members[at]->objects->list_uploads(query)).value().uploads.size();
  }
};

}  // namespace garage::object::testing
