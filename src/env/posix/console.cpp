#include "env/posix/console.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "env/posix/os_error.hpp"

namespace garage::env::posix {
namespace {

// 0, or errno.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = retry_interrupted([&] { return ::write(fd, text.data(), text.size()); });
    if (written < 0) return errno;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace

Result<void> write_standard_output(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0) return {};
  const auto kind = error == EPIPE ? ErrorKind::kClosed : error == ENOSPC ? ErrorKind::kNoSpace : ErrorKind::kIo;
  return fail(kind, "cannot write to standard output: " + errno_text(error));
}

void write_standard_error(std::string_view text) {
  (void)write_all(STDERR_FILENO, text);
}

Result<std::string> read_standard_input(size_t bytes_max) {
  std::string out;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = retry_interrupted([&] { return ::read(STDIN_FILENO, piece.data(), piece.size()); });
    if (got < 0) return fail(ErrorKind::kIo, "cannot read standard input: " + errno_text(errno));
    if (got == 0) return out;
    out.append(piece.data(), static_cast<size_t>(got));
    if (out.size() > bytes_max) return fail(ErrorKind::kInvalid, "standard input is too long");
  }
}

int utc_offset_minutes(uint64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return static_cast<int>(local.tm_gmtoff / 60);
}

}  // namespace garage::env::posix
