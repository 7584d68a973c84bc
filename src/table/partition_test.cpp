#include "table/partition.hpp"

#include <gtest/gtest.h>

namespace garage::table {
namespace {

TEST(Partition, RowsOfAShardStayTogether) {
  BucketId bucket;
  bucket.bytes[3] = 7;
  const Partition expected = partition_of(bucket, 5);
  EXPECT_EQ(partition_of_row(kv::Family::kObject, object_row_key(bucket, 5, "a")), expected);
  EXPECT_EQ(partition_of_row(kv::Family::kObject, object_row_key(bucket, 5, "b")), expected);
  EXPECT_EQ(partition_of_row(kv::Family::kUpload, object_rows_prefix(bucket, 5, "a") + "id"), expected);
  EXPECT_EQ(partition_of_row(kv::Family::kVersion, shard_prefix(bucket, 5)), expected);
  EXPECT_NE(partition_of_row(kv::Family::kObject, object_row_key(bucket, 6, "a")), expected);
}

TEST(Partition, ReferencesLiveWhereTheirBlockLives) {
  std::string key(48, '\0');
  key[0] = '\x12';
  key[1] = '\x3f';
  EXPECT_EQ(partition_of_row(kv::Family::kBlockRef, key), 0x123f >> 5);
  key[40] = 'x';
  EXPECT_EQ(partition_of_row(kv::Family::kBlockRef, key), 0x123f >> 5);

  for (const Partition partition : {0, 1, 145, 2047}) {
    const KeyStretch stretch = stretch_of_hashes(partition);
    std::string first = stretch.from + std::string(46, '\0');
    EXPECT_EQ(partition_of_row(kv::Family::kBlockRef, first), partition);
    EXPECT_EQ(stretch.until.empty(), partition == 2047);
    if (stretch.until.empty()) continue;
    EXPECT_EQ(partition_of_row(kv::Family::kBlockRef, stretch.until + std::string(46, '\0')), partition + 1);
  }
}

TEST(Partition, SettingsAreSpreadByTheirKey) {
  EXPECT_LT(*partition_of_row(kv::Family::kSettings, "bsomething"), kPartitionCount);
  EXPECT_NE(partition_of_row(kv::Family::kSettings, "k1"), partition_of_row(kv::Family::kSettings, "k2"));
}

TEST(Partition, WhatIsNoReplicatedRowHasNone) {
  EXPECT_EQ(partition_of_row(kv::Family::kQueue, std::string(50, 'x')), std::nullopt);
  EXPECT_EQ(partition_of_row(kv::Family::kInline, std::string(50, 'x')), std::nullopt);
  EXPECT_EQ(partition_of_row(kv::Family::kObject, "short"), std::nullopt);
  EXPECT_EQ(partition_of_row(kv::Family::kBlockRef, ""), std::nullopt);
}

}  // namespace
}  // namespace garage::table
