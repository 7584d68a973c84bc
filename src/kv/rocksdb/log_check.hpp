// Tells a torn tail of the write-ahead log from damage in its middle, before RocksDB replays it.
//
// Why: a power cut may leave a torn last record, of a write that nobody was told about; that is normal and must not
// keep a node from starting. A bad record with later ones behind it is something else: acknowledged changes are
// missing. RocksDB offers one or the other: kPointInTimeRecovery starts in both cases and silently drops what follows
// the bad spot, kTolerateCorruptedTailRecords refuses in both (a tail is only "torn" for it where the file ends). So
// RocksDB runs with the first, after this check has refused the second case.
//
// The rule: every batch carries a sequence number and a count, and the next one continues where it ended. With synced
// commits a batch is written only after its predecessor is on the device. So a bad spot, or a gap in the sequence, that
// is followed by a whole record is damage; one that is followed by nothing is a torn tail. A record counts only if its
// sequence number could be that of a later batch: in the bytes of a torn batch lie bodies of users, who may have put
// anything there, a record included.
//
// The format read here is RocksDB's: blocks of 32 KiB, each a run of {masked CRC32C u32, length u16, type u8, payload}.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace garage::kv {

// Fed with the logs in ascending order, block by block.
class LogCheck {
 public:
  static constexpr size_t kBlockBytes = 32 * 1024;

  void begin_log(std::string name);
  // The next block of the current log, shorter than kBlockBytes only at its end.
  void add_block(std::string_view block);
  void end_log();

  // What is damaged, in words, once found; nothing more is looked at then.
  const std::optional<std::string>& damage() const { return damage_; }
  // Where the newest torn tail begins, in words.
  const std::optional<std::string>& torn_tail() const { return torn_; }

 private:
  struct Record {
    unsigned type = 0;
    std::string_view payload;
    size_t end = 0;  // in the block
  };
  static std::optional<Record> record_at(std::string_view block, size_t at);

  void take(const Record& record, size_t at);
  void finish_batch(size_t end);  // in the block
  void mark_bad(size_t at, std::string_view what);
  void look_for_later_record(std::string_view block, size_t from);
  // Could a batch with this header, at this place in the log, have been written after the last good one?
  bool could_be_later(std::string_view header, uint64_t at) const;
  std::string place(size_t at) const;

  std::string name_;
  uint64_t block_start_ = 0;  // in the log
  bool first_in_log_ = true;  // no batch of this log was seen yet

  bool in_batch_ = false;     // between the first and the last piece of one
  std::string batch_header_;  // its first bytes: sequence u64, count u32
  std::optional<uint64_t> next_sequence_;
  uint64_t good_end_ = 0;    // in the log: where the last whole batch ended
  std::string later_piece_;  // behind a bad spot, at the end of a block: too little of a header to judge by

  bool bad_in_log_ = false;  // this log has a bad spot: nothing whole may follow in it
  std::optional<std::string> torn_;
  std::optional<std::string> damage_;
};

// Runs the check over the given files, ascending. kCorrupt names the place; ok gives the torn tail, if any.
Result<std::optional<std::string>> check_logs(const std::vector<std::string>& paths);

}  // namespace garage::kv
