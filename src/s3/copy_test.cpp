// CopyObject and UploadPartCopy: whose fault it is where one fails.
#include "object/testing/object_node.hpp"
#include "s3/testing/front.hpp"

namespace garage::s3 {
namespace {

using namespace testing;

struct CopyTest : Front {
  const std::string bytes = object::testing::noise(1, 20'000);
  const Fields from_source{{"x-amz-copy-source", "/box/source"}};

  void SetUp() override { ASSERT_EQ(ask("PUT", "/box/source", bytes).status, 200); }
  std::string begin_upload() {
    const std::string id = ask("POST", "/box/target?uploads").element("UploadId");
    EXPECT_NE(id, "-");
    return id;
  }
  std::string part_of(const std::string& upload) { return "/box/target?partNumber=1&uploadId=" + upload; }
  // The blocks of everything that is stored.
  void lose_blocks() {
    kv::Batch batch;
    auto rows = machine.store.iterate(kv::Family::kBlockIndex, {});
    for (rows->seek(""); rows->valid(); rows->next()) batch.remove(kv::Family::kBlockIndex, std::string(rows->key()));
    ASSERT_FALSE(batch.empty());
    ASSERT_TRUE(machine.store.write(batch, kv::Durability::kSynced));
  }
};

TEST_F(CopyTest, ALostBlockIsNoMissingBucket) {
  EXPECT_EQ(ask("PUT", "/box/target", "", from_source).status, 200);
  lose_blocks();
  const auto seen = ask("PUT", "/box/target", "", from_source);
  EXPECT_EQ(seen.status, 500);
  EXPECT_EQ(seen.element("Code"), "InternalError");
  EXPECT_EQ(ask("PUT", "/box/target", "", {{"x-amz-copy-source", "/box/none"}}).element("Code"), "NoSuchKey");
}

TEST_F(CopyTest, ALostBlockIsNoMissingUpload) {
  const std::string upload = begin_upload();
  EXPECT_EQ(ask("PUT", part_of(upload), "", from_source).status, 200);
  lose_blocks();
  const auto seen = ask("PUT", part_of(upload), "", from_source);
  EXPECT_EQ(seen.status, 500);
  EXPECT_EQ(seen.element("Code"), "InternalError");
  EXPECT_EQ(ask("PUT", part_of(upload), "", {{"x-amz-copy-source", "/box/none"}}).element("Code"), "NoSuchKey");
  ASSERT_EQ(ask("PUT", "/box/source", bytes + "more").status, 200);
  EXPECT_EQ(ask("PUT", part_of(upload), "", from_source).status, 200);
  ASSERT_EQ(ask("DELETE", "/box/target?uploadId=" + upload).status, 204);
  EXPECT_EQ(ask("PUT", part_of(upload), "", from_source).element("Code"), "NoSuchUpload");
}

}  // namespace
}  // namespace garage::s3
