// What fails in RocksDB's own threads: compactions that have no room or meet a bad table, flushes over quota.
#include "kv/rocksdb/background_errors.hpp"

#include <gtest/gtest.h>
#include <rocksdb/listener.h>

#include <cerrno>
#include <cstring>

#include "kv/rocksdb/testing/failing_files.hpp"
#include "kv/rocksdb/testing/test_support.hpp"

namespace garage::kv {
namespace {

namespace fs = std::filesystem;
using Of = FailingFiles::Of;

class BackgroundErrorsTest : public RowAfterRow {
 protected:
  BackgroundErrorsTest() {
    options_.memtable_bytes = 2u << 20;
    options_.log_bytes_max = 4u << 20;
    options_.files = files_;
  }
  Result<void> put(size_t bytes = 20000) { return put_value(value_of(rows_, bytes)); }
  static std::string value_of(int row, size_t bytes) { return std::string(bytes, static_cast<char>('a' + row % 26)); }
  size_t tables() const { return files_with(options_.directory, ".sst").size(); }

  std::shared_ptr<FailingFiles> files_ = std::make_shared<FailingFiles>();
};

// More tables than RocksDB lets gather before it stops writers and waits for a compaction.
constexpr size_t kTablesThatStopWriters = 40;

TEST_F(BackgroundErrorsTest, WritesGoOnWithoutCompactions) {
  open();
  files_->fail(Of::kCompactions, rocksdb::IOStatus::NoSpace("told so"));
  while (tables() < kTablesThatStopWriters && !HasFailure()) {
    const auto written = put();
    EXPECT_TRUE(written) << written.error().message;
  }
  EXPECT_GT(files_->failures(), 0);
  EXPECT_EQ(store_->damage(), std::nullopt) << "a full disk is no damage";
  files_->fail(Of::kNobody);
  expect_all();
  open();
  expect_all();
}

TEST_F(BackgroundErrorsTest, AQuotaThatIsUsedUpIsAFullDisk) {
  open();
  EXPECT_TRUE(put());
  files_->fail(Of::kFlushes, rocksdb::IOStatus::IOError("While appending to file", std::strerror(EDQUOT)));
  Result<void> refused;
  for (int i = 0; i < 2000 && refused; ++i) refused = put();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNoSpace) << refused.error().message;
  expect_all();
  files_->fail(Of::kNobody);
  for (int i = 0; i < 5; ++i) {
    const auto written = put();
    EXPECT_TRUE(written) << written.error().message;
  }
  expect_all();
  open();
  expect_all();
}

// Of this process, or of the whole machine. open_files_test.cpp meets the former at all steps.
TEST_F(BackgroundErrorsTest, TooManyOpenFilesPass) {
  for (const int error : {EMFILE, ENFILE}) {
    for (const Of where : {Of::kNewTables, Of::kFlushes}) {
      open();
      EXPECT_TRUE(put());
      const int before = files_->failures();
      files_->fail(where, rocksdb::IOStatus::IOError("While open a file for appending", std::strerror(error)));
      Result<void> refused;
      for (int i = 0; i < 2000 && refused; ++i) refused = put();
      ASSERT_FALSE(refused);
      EXPECT_GT(files_->failures(), before);
      EXPECT_EQ(refused.error().kind, ErrorKind::kOverloaded) << refused.error().message;
      expect_all();
      files_->fail(Of::kNobody);
      for (int i = 0; i < 5; ++i) {
        const auto written = put();
        EXPECT_TRUE(written) << written.error().message;
      }
      EXPECT_EQ(store_->damage(), std::nullopt);
      expect_all();
      open();
      expect_all();
      if (HasFailure()) return;
    }
  }
}

// One passing I/O error. RocksDB goes on only when it is opened again; that is told, to whoever looks and whoever
// writes.
TEST_F(BackgroundErrorsTest, ADeviceThatFailsOnceEndsWritingUntilARestart) {
  for (const Of where : {Of::kFlushes, Of::kLogs, Of::kSyncsOfLogs}) {
    open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(put());
    EXPECT_EQ(store_->damage(), std::nullopt);
    const int before = files_->failures();
    files_->fail(where, rocksdb::IOStatus::IOError("While appending to file", std::strerror(EIO)));
    Result<void> refused;
    for (int i = 0; i < 2000 && refused; ++i) {
      refused = put();
      if (refused && where == Of::kSyncsOfLogs) refused = store_->sync();
    }
    EXPECT_GT(files_->failures(), before);
    files_->fail(Of::kNobody);
    const int listings = files_->listings();
    for (int i = 0; i < 5; ++i) {
      refused = put();
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().kind, ErrorKind::kIo);
      EXPECT_NE(refused.error().message.find("Restart this node"), std::string::npos) << refused.error().message;
    }
    EXPECT_EQ(files_->listings(), listings) << "RocksDB is not asked again in vain";
    EXPECT_FALSE(store_->sync()) << "the kernel forgets that a sync failed";
    ASSERT_TRUE(store_->damage());
    EXPECT_NE(store_->damage()->find("Input/output error"), std::string::npos) << *store_->damage();
    expect_all();
    open();
    EXPECT_EQ(store_->damage(), std::nullopt);
    expect_all();
    EXPECT_TRUE(put());
    if (HasFailure()) return;
  }
}

rocksdb::CompactionJobInfo compaction(rocksdb::Status status, std::vector<std::string> inputs,
                                      std::vector<std::string> outputs = {}) {
  rocksdb::CompactionJobInfo info;
  info.cf_name = "object";
  info.status = std::move(status);
  info.input_files = std::move(inputs);
  info.output_files = std::move(outputs);
  return info;
}

TEST(BackgroundErrors, WhatCannotBeCompactedIsToldUntilItIs) {
  const auto errors = BackgroundErrors::create();
  const auto tell = [&errors](const rocksdb::CompactionJobInfo& info) {
    errors->listener()->OnCompactionCompleted(nullptr, info);
  };
  tell(compaction(rocksdb::Status::IOError("read", std::strerror(EIO)), {"1.sst", "2.sst"}));
  ASSERT_TRUE(errors->damage());
  EXPECT_NE(errors->damage()->find("Reads and writes go on"), std::string::npos) << *errors->damage();
  tell(compaction(rocksdb::Status::OK(), {"3.sst", "4.sst"}, {"5.sst"}));
  tell(compaction(rocksdb::Status::OK(), {"1.sst"}, {"1.sst"}));
  tell(compaction(rocksdb::Status::OK(), {"2.sst", "5.sst"}, {"6.sst"}));
  EXPECT_TRUE(errors->damage()) << "one of them was only moved";
  tell(compaction(rocksdb::Status::OK(), {"1.sst", "6.sst"}, {"7.sst"}));
  EXPECT_EQ(errors->damage(), std::nullopt);
  tell(compaction(rocksdb::Status::Corruption("block"), {"7.sst"}));
  ASSERT_TRUE(errors->damage());
  EXPECT_NE(errors->damage()->find("should be replaced"), std::string::npos) << *errors->damage();
  EXPECT_FALSE(errors->stopped());
}

// The compaction reads it, and fails each time.
TEST_F(BackgroundErrorsTest, OneBadBlockStopsNoWrites) {
  open();
  while (tables() < 2) ASSERT_TRUE(put());
  const std::string table = files_with(options_.directory, ".sst").front();
  std::string content = read_whole(table);
  content[content.size() / 3] ^= 4;
  write_whole(table, content);
  while (tables() < kTablesThatStopWriters && !HasFailure()) {
    const auto written = put();
    EXPECT_TRUE(written) << written.error().message;
  }
  ASSERT_TRUE(store_->damage());
  EXPECT_NE(store_->damage()->find("object"), std::string::npos) << *store_->damage();
  size_t lost = 0;
  for (int i = 0; i < rows_; ++i) {
    const auto got = store_->get(Family::kObject, "key" + std::to_string(i));
    if (got) {
      EXPECT_EQ(*got, value_of(i, 20000));
    } else {
      ++lost;
    }
  }
  EXPECT_GT(lost, 0u);
  EXPECT_LT(lost, 5u);
  open();
  EXPECT_TRUE(put());
}

}  // namespace
}  // namespace garage::kv
