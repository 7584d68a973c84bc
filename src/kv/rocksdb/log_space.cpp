#include "kv/rocksdb/log_space.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace garage::kv {
namespace {

constexpr uint64_t kZerosAheadBytes = 256 * 1024;
// Where writing the zeros costs as much as the journal commit they save (3 us a KiB against 0.04 ms, measured on ext4).
constexpr uint64_t kZerosBatchBytesMax = 8 * 1024;
constexpr uint64_t kAllocateStepBytes = 256 * 1024;

std::unexpected<Error> failure(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  const bool lacks_files = error == EMFILE || error == ENFILE;
  const auto kind = full ? ErrorKind::kNoSpace : lacks_files ? ErrorKind::kOverloaded : ErrorKind::kIo;
  return fail(kind, fmt::format("{}: {}", path, std::strerror(error)));
}

}  // namespace

LogSpace::~LogSpace() {
  close();
}

Result<void> LogSpace::reserve(uint64_t batch_bytes) {
  std::lock_guard lock(mutex_);
  const uint64_t needed = size_ + batch_bytes + batch_bytes / 1024 + 64;  // RocksDB adds headers, one a piece of 32 KiB
  if (closed_ || needed <= reserved_end_) return {};
  const int how = O_WRONLY | O_CLOEXEC | (kind_ == Kind::kSpare ? O_CREAT | O_TRUNC : 0);
  if (descriptor_ < 0) descriptor_ = ::open(path_.c_str(), how, 0644);
  if (descriptor_ < 0) return failure(path_, errno);
  reserved_end_ = std::max(reserved_end_, size_);
  if (zeros_ && batch_bytes <= kZerosBatchBytesMax) return write_zeros(reserved_end_ + kZerosAheadBytes);
  return allocate((needed + kAllocateStepBytes - 1) / kAllocateStepBytes * kAllocateStepBytes);
}

void LogSpace::grew(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  size_ += bytes;
}

bool LogSpace::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  return reserved_end_ > size_;
}

uint64_t LogSpace::size() const {
  std::lock_guard lock(mutex_);
  return size_;
}

bool LogSpace::reserved() const {
  std::lock_guard lock(mutex_);
  return reserved_end_ > 0;
}

Result<void> LogSpace::write_zeros(uint64_t end) {
  static constexpr std::array<char, 64 * 1024> kZeros{};
  while (reserved_end_ < end) {
    const auto length = static_cast<size_t>(std::min<uint64_t>(kZeros.size(), end - reserved_end_));
    const ssize_t written = ::pwrite(descriptor_, kZeros.data(), length, static_cast<off_t>(reserved_end_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(path_, errno);
    reserved_end_ += static_cast<uint64_t>(written);
  }
  return {};
}

Result<void> LogSpace::allocate(uint64_t end) {
  const auto from = static_cast<off_t>(reserved_end_);
  while (fallocate_(descriptor_, FALLOC_FL_KEEP_SIZE, from, static_cast<off_t>(end) - from) != 0) {
    if (errno == EINTR) continue;
    // A file system that cannot reserve shows a full disk when the batch is written. The bytes are the batch's all the
    // same: zeros for a later one must not meet it.
    if (errno == EOPNOTSUPP || errno == ENOSYS) break;
    return failure(path_, errno);
  }
  reserved_end_ = end;
  return {};
}

}  // namespace garage::kv
