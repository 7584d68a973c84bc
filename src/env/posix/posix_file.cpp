#include "env/posix/posix_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "env/posix/os_error.hpp"

namespace garage::env::posix {
namespace {

static_assert(sizeof(off_t) == 8, "files are larger than 2 GiB, also on 32-bit machines");

constexpr size_t kPiecesPerCall = 256;

// Which part of `pieces` one pwritev takes: as many as fit, the first from `skip` on. Empty pieces are left out.
size_t fill_vectors(std::span<const std::string_view> pieces, size_t skip, std::array<iovec, kPiecesPerCall>& vectors) {
  size_t count = 0;
  for (const std::string_view& piece : pieces) {
    if (count == vectors.size()) break;
    const std::string_view rest = piece.substr(std::exchange(skip, 0));
    if (!rest.empty()) vectors[count++] = {const_cast<char*>(rest.data()), rest.size()};
  }
  return count;
}

}  // namespace

Result<size_t> PosixFile::read_at(uint64_t offset, std::span<char> out) {
  size_t done = 0;
  while (done < out.size()) {
    ssize_t got = retry_interrupted(
        [&] { return ::pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done)); });
    // A pipe has no places, only what comes next.
    if (got < 0 && errno == ESPIPE)
      got = retry_interrupted([&] { return ::read(fd_.get(), out.data() + done, out.size() - done); });
    if (got < 0) return disk_error(errno, path_, "reading");
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

// The kernel may return the part that was in memory; that is an answer only if the file ends there.
Result<std::optional<size_t>> PosixFile::read_at_cached(uint64_t offset, std::span<char> out) {
  const iovec vector{out.data(), out.size()};
  const ssize_t got =
      retry_interrupted([&] { return ::preadv2(fd_.get(), &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT); });
  if (got < 0) {
    if (errno == EAGAIN || errno == EOPNOTSUPP || errno == ENOSYS) return std::nullopt;
    return disk_error(errno, path_, "reading");
  }
  const auto bytes = static_cast<size_t>(got);
  if (bytes == out.size()) return bytes;
  TRY(const uint64_t end, size());
  if (offset + bytes < end) return std::nullopt;
  return bytes;
}

Result<void> PosixFile::write_at(uint64_t offset, std::span<const std::string_view> pieces) {
  size_t skip = 0;  // written bytes of the first piece
  for (;;) {
    while (!pieces.empty() && skip >= pieces[0].size()) {
      skip -= pieces[0].size();
      pieces = pieces.subspan(1);
    }
    if (pieces.empty()) return {};
    std::array<iovec, kPiecesPerCall> vectors;
    const auto count = static_cast<int>(fill_vectors(pieces, skip, vectors));
    const ssize_t written =
        retry_interrupted([&] { return ::pwritev(fd_.get(), vectors.data(), count, static_cast<off_t>(offset)); });
    if (written < 0) return disk_error(errno, path_, "writing");
    if (written == 0) return disk_error(ENOSPC, path_, "writing");  // some file systems say it so
    offset += static_cast<uint64_t>(written);
    skip += static_cast<size_t>(written);
  }
}

Result<void> PosixFile::sync_data() {
  if (retry_interrupted([&] { return ::fdatasync(fd_.get()); }) != 0) return disk_error(errno, path_, "syncing");
  return {};
}

Result<uint64_t> PosixFile::size() {
  struct stat status{};
  if (::fstat(fd_.get(), &status) != 0) return disk_error(errno, path_, "asking for its size");
  return static_cast<uint64_t>(status.st_size);
}

Result<void> PosixFile::truncate(uint64_t size) {
  if (retry_interrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
    return disk_error(errno, path_, "truncating");
  }
  return {};
}

Result<void> PosixFile::punch_hole(uint64_t offset, uint64_t length) {
  if (length == 0) return {};
  const int punched = retry_interrupted([&] {
    return ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                       static_cast<off_t>(length));
  });
  if (punched == 0) return {};
  if (errno == EOPNOTSUPP || errno == ENOSYS) {
    return fail(ErrorKind::kUnsupported, path_ + ": this file system cannot free a part of a file");
  }
  return disk_error(errno, path_, "freeing a range");
}

// Only this function moves the descriptor's position, and always to where it says, so that threads do not disturb each
// other.
Result<std::vector<Extent>> PosixFile::data_extents() {
  TRY(const uint64_t end, size());
  std::vector<Extent> extents;
  uint64_t at = 0;
  while (at < end) {
    const off_t data = ::lseek(fd_.get(), static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // only a hole from here on
    if (data < 0 && (errno == EINVAL || errno == EOPNOTSUPP)) return std::vector{Extent{0, end}};
    if (data < 0) return disk_error(errno, path_, "looking for data");
    const off_t hole = ::lseek(fd_.get(), data, SEEK_HOLE);
    if (hole < 0) return disk_error(errno, path_, "looking for holes");
    const uint64_t begin = static_cast<uint64_t>(data);
    const uint64_t stop = std::min(static_cast<uint64_t>(hole), end);
    if (stop <= begin) break;  // the file shrank meanwhile
    extents.push_back({begin, stop - begin});
    at = stop;
  }
  return extents;
}

}  // namespace garage::env::posix
