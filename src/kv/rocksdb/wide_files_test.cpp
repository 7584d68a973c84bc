#include "kv/rocksdb/wide_files.hpp"

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>

#include "kv/rocksdb/testing/test_support.hpp"

namespace garage::kv {
namespace {

class WideFiles : public testing::Test {
 protected:
  std::vector<std::string> children(const std::string& directory) {
    std::vector<std::string> names{"what was there before"};
    const auto listed = files_->GetChildren(directory, {}, &names, nullptr);
    EXPECT_TRUE(listed.ok()) << listed.ToString();
    std::ranges::sort(names);
    return names;
  }

  ScratchDirectory scratch_;
  const std::shared_ptr<rocksdb::FileSystem> usual_ = rocksdb::FileSystem::Default();
  const std::shared_ptr<rocksdb::FileSystem> files_ = make_wide_file_system(usual_);
};

TEST_F(WideFiles, ListsAndMeasures) {
  EXPECT_TRUE(children(scratch_.file("")).empty());
  ASSERT_TRUE(files_->CreateDirIfMissing(scratch_.file("inner"), {}, nullptr).ok());
  EXPECT_TRUE(files_->CreateDirIfMissing(scratch_.file("inner"), {}, nullptr).ok());
  write_whole(scratch_.file("000001.log"), "12345");
  EXPECT_EQ(children(scratch_.file("")), (std::vector<std::string>{"000001.log", "inner"}));
  uint64_t bytes = 0;
  ASSERT_TRUE(files_->GetFileSize(scratch_.file("000001.log"), {}, &bytes, nullptr).ok());
  EXPECT_EQ(bytes, 5u);
  std::filesystem::resize_file(scratch_.file("000001.log"), (uint64_t{5} << 30) + 7);
  ASSERT_TRUE(files_->GetFileSize(scratch_.file("000001.log"), {}, &bytes, nullptr).ok());
  EXPECT_EQ(bytes, (uint64_t{5} << 30) + 7);
  std::filesystem::remove(scratch_.file("inner"));
  std::vector<rocksdb::FileAttributes> attributes;
  ASSERT_TRUE(files_->GetChildrenFileAttributes(scratch_.file(""), {}, &attributes, nullptr).ok());
  ASSERT_EQ(attributes.size(), 1u);
  EXPECT_EQ(attributes[0].size_bytes, bytes);
}

// RocksDB decides by the kind of the error.
TEST_F(WideFiles, FailsAsTheUsualOne) {
  write_whole(scratch_.file("file"), "");
  uint64_t bytes = 0;
  for (const std::string& path : {scratch_.file("missing"), scratch_.file("file/below")}) {
    std::vector<std::string> names;
    const auto ours = files_->GetChildren(path, {}, &names, nullptr),
               theirs = usual_->GetChildren(path, {}, &names, nullptr);
    EXPECT_EQ(ours.code(), theirs.code()) << path << ": " << theirs.ToString();
    EXPECT_EQ(files_->GetFileSize(path, {}, &bytes, nullptr).code(),
              usual_->GetFileSize(path, {}, &bytes, nullptr).code());
  }
  EXPECT_EQ(files_->GetFileSize(scratch_.file("missing"), {}, &bytes, nullptr).subcode(),
            rocksdb::IOStatus::SubCode::kPathNotFound);
  EXPECT_FALSE(files_->CreateDirIfMissing(scratch_.file("file"), {}, nullptr).ok());
}

}  // namespace
}  // namespace garage::kv
