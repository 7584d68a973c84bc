#include "env/posix/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "env/posix/os_error.hpp"
#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {

void keep_files_private() {
  ::umask(0077);
}

Result<void> forbid_dumps() {
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) return fail(ErrorKind::kIo, "cannot forbid core dumps: " + errno_text(errno));
  return {};
}

Result<uint64_t> raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return fail(ErrorKind::kIo, "cannot read the limit of open files: " + errno_text(errno));
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      return fail(ErrorKind::kIo, "cannot raise the limit of open files: " + errno_text(errno));
    }
  }
  return static_cast<uint64_t>(limit.rlim_cur);
}

Result<std::string> hostname() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0)
    return fail(ErrorKind::kIo, "cannot read the host name: " + errno_text(errno));
  return std::string(name.data());
}

std::optional<std::string> boot_id() {
  const UniqueFd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  const ssize_t got = file.valid() ? ::read(file.get(), text.data(), text.size()) : -1;
  if (got <= 0) return std::nullopt;
  const std::string_view read(text.data(), static_cast<size_t>(got));
  return std::string(read.substr(0, read.find('\n')));
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value) return std::nullopt;
  return std::string(value);
}

}  // namespace garage::env::posix
