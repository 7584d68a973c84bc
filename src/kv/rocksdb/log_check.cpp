#include "kv/rocksdb/log_check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "crypto/crc.hpp"

namespace garage::kv {
namespace {

constexpr size_t kRecordHeaderBytes = 7;
constexpr size_t kBatchHeaderBytes = 12;
enum : unsigned { kZero = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

template <class T>
T little_endian(std::string_view bytes) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) value = static_cast<T>(value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

// RocksDB stores CRCs rotated and shifted, so that a log inside a log does not look like one.
uint32_t masked(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

bool is_zero_record(std::string_view block, size_t at) {
  return block.substr(at, kRecordHeaderBytes).find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

std::optional<LogCheck::Record> LogCheck::record_at(std::string_view block, size_t at) {
  if (at + kRecordHeaderBytes > block.size()) return std::nullopt;
  const auto type = static_cast<unsigned char>(block[at + 6]);
  const size_t length = little_endian<uint16_t>(block.substr(at + 4, 2));
  const size_t end = at + kRecordHeaderBytes + length;
  if (type < kFull || type > kLast || end > block.size()) return std::nullopt;
  if (little_endian<uint32_t>(block.substr(at, 4)) != masked(crypto::crc32c(block.substr(at + 6, 1 + length)))) {
    return std::nullopt;
  }
  return Record{type, block.substr(at + kRecordHeaderBytes, length), end};
}

std::string LogCheck::place(size_t at) const {
  return fmt::format("{} at byte {}", name_, block_start_ + at);
}

void LogCheck::begin_log(std::string name) {
  name_ = std::move(name);
  block_start_ = 0;
  first_in_log_ = true;
  bad_in_log_ = false;
  good_end_ = 0;
  later_piece_.clear();
}

void LogCheck::end_log() {
  if (in_batch_) mark_bad(0, "unfinished batch in");
}

void LogCheck::mark_bad(size_t at, std::string_view what) {
  in_batch_ = false;
  bad_in_log_ = true;
  torn_ = fmt::format("{} {}", what, place(at));
}

void LogCheck::add_block(std::string_view block) {
  size_t at = 0;
  while (!damage_ && !bad_in_log_ && at + kRecordHeaderBytes <= block.size()) {
    if (const auto record = record_at(block, at)) {
      take(*record, at);
      at = record->end;
    } else if (!in_batch_ && is_zero_record(block, at)) {
      break;  // space written ahead; the rest of the log must be like this
    } else {
      mark_bad(at, "bad record in");
    }
  }
  // After a bad spot, and after the first zeros, no batch may begin any more.
  if (!damage_ && at + kRecordHeaderBytes <= block.size()) look_for_later_record(block, at);
  block_start_ += block.size();
}

void LogCheck::take(const Record& record, size_t at) {
  const bool begins = record.type == kFull || record.type == kFirst;
  if (begins == in_batch_) return mark_bad(at, "piece out of order in");
  if (begins) batch_header_.clear();
  batch_header_ += record.payload.substr(0, kBatchHeaderBytes - batch_header_.size());
  in_batch_ = record.type == kFirst || record.type == kMiddle;
  if (!in_batch_) finish_batch(record.end);
}

void LogCheck::finish_batch(size_t end) {
  if (batch_header_.size() < kBatchHeaderBytes) return mark_bad(0, "batch without a header in the block of");
  const auto sequence = little_endian<uint64_t>(batch_header_);
  const auto count = little_endian<uint32_t>(std::string_view(batch_header_).substr(8));
  // RocksDB forgives a bad spot in an earlier log if this one goes on with the very next number, and so do we.
  const bool continues = next_sequence_ ? sequence == *next_sequence_ : !torn_;
  if (!continues) {
    damage_ = fmt::format("changes are missing before {}{}{}", place(0), torn_ ? ": " : "", torn_.value_or(""));
    return;
  }
  if (first_in_log_) torn_.reset();
  first_in_log_ = false;
  next_sequence_ = sequence + count;
  good_end_ = block_start_ + end;
}

bool LogCheck::could_be_later(std::string_view header, uint64_t at) const {
  const auto sequence = little_endian<uint64_t>(header);
  const auto count = little_endian<uint32_t>(header.substr(8));
  if (sequence == 0 || count == 0) return false;
  // No change takes less than a byte.
  return !next_sequence_ || (sequence >= *next_sequence_ && sequence - *next_sequence_ <= at - good_end_);
}

void LogCheck::look_for_later_record(std::string_view block, size_t from) {
  if (!later_piece_.empty()) {
    const auto rest = record_at(block, 0);
    const bool goes_on = rest && (rest->type == kMiddle || rest->type == kLast);
    if (goes_on) later_piece_ += rest->payload.substr(0, kBatchHeaderBytes - later_piece_.size());
    if (later_piece_.size() == kBatchHeaderBytes && could_be_later(later_piece_, block_start_)) {
      damage_ = fmt::format("{} lies behind {}", place(0), torn_.value_or("zeros"));
      return;
    }
    later_piece_.clear();
  }
  for (size_t at = from; at + kRecordHeaderBytes < block.size(); ++at) {
    const char type = block[at + 6];
    if (type != kFull && type != kFirst) continue;
    const auto record = record_at(block, at);
    if (!record || record->payload.empty()) continue;
    // The first piece of a batch in pieces fills its block; anything else is chance.
    if (record->type == kFirst && record->end != kBlockBytes) continue;
    const std::string_view header = record->payload.substr(0, kBatchHeaderBytes);
    if (header.size() < kBatchHeaderBytes) {
      if (record->type == kFirst) later_piece_ = header;
      continue;
    }
    if (!could_be_later(header, block_start_ + at)) continue;
    damage_ = fmt::format("{} lies behind {}", place(at), torn_.value_or("zeros"));
    return;
  }
}

namespace {

Result<void> check_log(LogCheck& check, const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(ErrorKind::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  check.begin_log(std::filesystem::path(path).filename());
  std::string block;
  Result<void> result;
  for (bool more = true; more && !check.damage();) {
    block.resize(LogCheck::kBlockBytes);
    size_t filled = 0;
    while (more && filled < block.size()) {
      const ssize_t got = ::read(file, block.data() + filled, block.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) result = fail(ErrorKind::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
      if (got <= 0) more = false;
      if (got > 0) filled += static_cast<size_t>(got);
    }
    block.resize(filled);
    check.add_block(block);
  }
  check.end_log();
  ::close(file);
  return result;
}

}  // namespace

Result<std::optional<std::string>> check_logs(const std::vector<std::string>& paths) {
  LogCheck check;
  for (const std::string& path : paths) {
    CHECK_OK(check_log(check, path));
    if (check.damage()) return fail(ErrorKind::kCorrupt, *check.damage());
  }
  return check.torn_tail();
}

}  // namespace garage::kv
