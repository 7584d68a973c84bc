#include "kv/rocksdb/log_check.hpp"

#include <gtest/gtest.h>

#include "crypto/crc.hpp"
#include "kv/rocksdb/testing/test_support.hpp"

namespace garage::kv {
namespace {

namespace fs = std::filesystem;

// A log as RocksDB writes it, taken from under an open database, with the end of each batch.
class LogCheckTest : public testing::Test {
 protected:
  LogCheckTest() {
    auto store = open_or_die(options_);
    const std::string log = files_with(options_.directory, ".log").back();
    for (size_t size : {10, 200, 70000, 5, 32000, 900, 33000, 12, 100000, 40}) {
      const auto written = store->write(
          one_row(Family::kObject, "key" + std::to_string(ends_.size()), std::string(size, 'v')), Durability::kSynced);
      EXPECT_TRUE(written);
      const std::string now = read_whole(log);
      ends_.push_back(now.find_last_not_of('\0') + 1);
    }
    log_ = read_whole(log);
    fs::copy(options_.directory, copy_);
    log_name_ = fs::path(log).filename();
  }

  static std::optional<std::string> damage(const std::vector<std::string>& logs) {
    LogCheck check;
    for (size_t i = 0; i < logs.size(); ++i) {
      check.begin_log(std::to_string(i) + ".log");
      for (size_t at = 0; at < logs[i].size(); at += LogCheck::kBlockBytes) {
        check.add_block(std::string_view(logs[i]).substr(at, LogCheck::kBlockBytes));
      }
      check.end_log();
    }
    return check.damage();
  }
  // Number of rows after a start over the changed log, or the error.
  Result<size_t> start(const std::string& log, Durability durability = Durability::kSynced) {
    fs::remove_all(options_.directory);
    fs::copy(copy_, options_.directory);
    write_whole(options_.directory + "/" + log_name_, log);
    RocksOptions options = options_;
    options.durability = durability;
    auto store = open_rocks_store(options);
    if (!store) return std::unexpected(store.error());
    size_t rows = 0;
    auto it = (*store)->iterate(Family::kObject, {});
    for (it->seek(""); it->valid(); it->next()) ++rows;
    return rows;
  }

  // As RocksDB writes them.
  static std::string little_endian(uint64_t value, size_t bytes) {
    std::string out;
    for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
  }
  static std::string header(uint64_t sequence) { return little_endian(sequence, 8) + little_endian(1, 4); }
  static std::string record_of(char type, const std::string& payload) {
    const std::string body = std::string(1, type) + payload;
    const uint32_t crc = crypto::crc32c(body);
    const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    return little_endian(masked, 4) + little_endian(payload.size(), 2) + body;
  }
  static std::string record(uint64_t sequence) { return record_of(1, header(sequence) + "row"); }

  ScratchDirectory scratch_;
  RocksOptions options_ = rocks_options(scratch_.file("db.rocksdb"));
  const std::string copy_ = scratch_.file("copy");
  std::string log_name_;
  std::string log_;
  std::vector<size_t> ends_;
};

TEST_F(LogCheckTest, AWholeLogIsWhole) {
  EXPECT_GT(log_.size(), ends_.back()) << "zeros are written ahead";
  EXPECT_EQ(damage({log_}), std::nullopt);
  EXPECT_EQ(damage({log_.substr(0, ends_.back())}), std::nullopt);
  EXPECT_EQ(damage({}), std::nullopt);
  EXPECT_EQ(damage({"", log_, ""}), std::nullopt);
}

TEST_F(LogCheckTest, EveryFlippedBitIsDamageUnlessInTheLastBatch) {
  const size_t last = ends_[ends_.size() - 2];
  for (size_t at = 0; at < ends_.back(); at += 241) {
    std::string log = log_;
    log[at] ^= static_cast<char>(1 << (at % 8));
    EXPECT_EQ(damage({log}).has_value(), at < last) << "byte " << at;
  }
}

TEST_F(LogCheckTest, APrefixIsATornTailWhereverItEnds) {
  for (size_t size = 0; size < log_.size(); size += 389) {
    EXPECT_EQ(damage({log_.substr(0, size)}), std::nullopt) << size;
    std::string zeroed = log_;
    std::fill(zeroed.begin() + static_cast<ptrdiff_t>(size), zeroed.end(), '\0');
    EXPECT_EQ(damage({zeroed}), std::nullopt) << size;
  }
}

TEST_F(LogCheckTest, PagesThatNeverReachedTheDeviceAreSeen) {
  for (size_t page = 0; page + 4096 <= ends_[ends_.size() - 2]; page += 4096) {
    std::string log = log_;
    std::fill_n(log.begin() + static_cast<ptrdiff_t>(page), 4096, '\0');
    EXPECT_TRUE(damage({log})) << page;
  }
}

TEST_F(LogCheckTest, LaterLogsMustGoOnWhereTheEarlierEnded) {
  const std::string first = log_.substr(0, ends_[2]);
  // The rest as a log of its own: it begins in the middle of a block, so lay the same records out from the start of
  // one.
  const std::string rest = log_.substr(ends_[2], ends_[3] - ends_[2]);
  EXPECT_EQ(damage({first, rest}), std::nullopt);
  EXPECT_EQ(damage({first + "torn", rest}), std::nullopt) << "a write that failed, then a new log";
  EXPECT_TRUE(damage({log_.substr(0, ends_[1]), rest})) << "a batch is missing";
  EXPECT_TRUE(damage({log_.substr(0, ends_[2] - 1), rest})) << "a batch is torn, and a later one is there";
  EXPECT_TRUE(damage({"torn and long enough to be a header", rest})) << "nobody knows what was there";
}

// A body may hold anything, also what a log looks like.
TEST_F(LogCheckTest, ARecordInTheBodyOfATornBatchIsNoLaterOne) {
  // Each batch has one row, so the fourth would be number 4.
  const std::string before = log_.substr(0, ends_[2]) + "a torn header and a body: ";
  EXPECT_EQ(damage({before + record(1)}), std::nullopt) << "from an old log";
  EXPECT_EQ(damage({before + record(uint64_t{1} << 40)}), std::nullopt) << "so many changes do not fit between";
  EXPECT_TRUE(damage({before + record(5)})) << "that is what a later batch looks like";
  EXPECT_EQ(start(before + record(uint64_t{1} << 40)), 3u);

  // At the end of a block the first piece may be too short for its header.
  std::string piece = before;
  piece.resize(LogCheck::kBlockBytes - 10, 'x');
  for (const uint64_t sequence : {uint64_t{5}, uint64_t{1} << 40}) {
    const std::string batch = header(sequence) + "row";
    const std::string log = piece + record_of(2, batch.substr(0, 3)) + record_of(4, batch.substr(3));
    EXPECT_EQ(damage({log}).has_value(), sequence == 5);
  }
}

// What counts is how the log was written, not how the node is configured when it starts again.
TEST_F(LogCheckTest, OnlyALogThatWasNotSyncedMayHaveHoles) {
  std::string damaged = log_;
  damaged[ends_[3] + 100] ^= 1;
  EXPECT_EQ(start(damaged, Durability::kRelaxed).error().kind, ErrorKind::kCorrupt) << "it was synced";

  fs::remove_all(options_.directory);
  fs::remove_all(copy_);
  RocksOptions relaxed = options_;
  relaxed.durability = Durability::kRelaxed;
  {
    auto store = open_or_die(relaxed);
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(store->write(one_row(Family::kObject, std::to_string(i), "value"), Durability::kRelaxed));
    }
    fs::copy(options_.directory, copy_);
  }
  log_name_ = fs::path(files_with(copy_, ".log").back()).filename();
  std::string holes = read_whole(copy_ + "/" + log_name_);
  holes[holes.find("value") + 1] ^= 1;
  EXPECT_EQ(start(holes), 0u) << "metadata_fsync was switched on after the power cut";
  EXPECT_EQ(start(holes, Durability::kRelaxed), 0u);

  // From the first start that syncs the log is as good as any.
  ASSERT_EQ(start(holes), 0u);
  ASSERT_TRUE(open_or_die(options_)->write(one_row(Family::kObject, "a", "1"), Durability::kSynced));
  EXPECT_FALSE(fs::exists(options_.directory + "/unsynced_log"));
}

TEST_F(LogCheckTest, TheDatabaseRefusesDamageAndForgivesATornTail) {
  EXPECT_EQ(start(log_), ends_.size());
  EXPECT_EQ(start(log_.substr(0, ends_.back())), ends_.size());
  EXPECT_EQ(start(log_.substr(0, ends_.back() - 1)), ends_.size() - 1);
  std::string torn = log_;
  torn[ends_.back() - 3] ^= 1;
  EXPECT_EQ(start(torn), ends_.size() - 1);
  EXPECT_EQ(start(log_.substr(0, ends_[4] - 100)), 4u);
  EXPECT_EQ(start(""), 0u);

  std::string damaged = log_;
  damaged[ends_[3] + 100] ^= 1;
  const auto refused = start(damaged);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(refused.error().message.find(options_.directory), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find(log_name_), std::string::npos) << refused.error().message;
  EXPECT_EQ(read_whole(options_.directory + "/" + log_name_), damaged) << "a refused start changes nothing";
}

}  // namespace
}  // namespace garage::kv
